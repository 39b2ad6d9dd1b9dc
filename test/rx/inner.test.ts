import { expect } from 'chai';
import { lastValueFrom, Observable, type Subscriber, Subscription } from 'rxjs';
import { mergeRecv } from 'uvsock/rx';
import { closed, tcpPair } from '../support/sockets.ts';

/** What the inner observable of one chunk does with its subscriber, which ends by completing. */
async function inner(work: (subscriber: Subscriber<string>) => void): Promise<void> {
  const [a, b] = closed(tcpPair());
  a.send(Buffer.from('x'));
  a.close();
  const observable = mergeRecv(
    b,
    () =>
      new Observable<string>((subscriber) => {
        work(subscriber);
        subscriber.complete();
      }),
  );
  await lastValueFrom(observable, { defaultValue: '' });
}

describe("the inner subscriber's finalizers", () => {
  it('run in the order in which they were added', async () => {
    const log: number[] = [];
    await inner((subscriber) => {
      subscriber.add(() => log.push(1));
      subscriber.add({ unsubscribe: () => log.push(2) });
      subscriber.add(new Subscription(() => log.push(3)));
      subscriber.add(() => log.push(4));
    });
    expect(log).to.deep.equal([1, 2, 3, 4]);
  });

  it('do not run once they are removed', async () => {
    const log: number[] = [];
    await inner((subscriber) => {
      const finalizers = [1, 2, 3].map((n) => () => log.push(n));
      for (const finalizer of finalizers) subscriber.add(finalizer);
      subscriber.remove(finalizers[0]!);
      subscriber.remove(finalizers[2]!);
    });
    expect(log).to.deep.equal([2]);
  });

  it('run at once when it has ended', async () => {
    const log: string[] = [];
    await inner((subscriber) => {
      subscriber.complete();
      subscriber.add(() => log.push('at once'));
      log.push('afterwards');
    });
    expect(log).to.deep.equal(['at once', 'afterwards']);
  });
});
