/** Datagrams counted by a server, which tells the suite when it is ended. */
let count = 0;
let first = 0;
let last = 0;

/** One more has come. */
export function counted(): void {
  last = performance.now();
  if (count++ === 0) first = last;
}

process.once('SIGTERM', () => {
  console.log(JSON.stringify({ received: count, seconds: (last - first) / 1000 }));
  process.exit();
});
