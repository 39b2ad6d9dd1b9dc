/** How long it takes to load a module, in milliseconds. */
const [, , name = ''] = process.argv;
const begin = performance.now();
await import(name);
console.log(JSON.stringify({ value: performance.now() - begin }));
