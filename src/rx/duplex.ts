import {
  dematerialize,
  from,
  ignoreElements,
  materialize,
  merge,
  type Observable,
  type ObservableInput,
} from 'rxjs';

/**
 * Writes while it reads: one observable of both directions of a conversation.
 *
 * Subscribes to `write` first, which so hears of all that is read, and then
 * to `read`, whose values it emits. Ends when `read` ends, whether `write` is
 * through or not; that `write` ends changes nothing. An error of either is its
 * error. Whatever ends it ends both.
 *
 * @example
 * const replies = duplex(fromRecv(socket), requests.pipe(sendAll(socket)));
 *
 * @see {@link fromRecv}, {@link sendAll}
 * @param read What to emit.
 * @param write What to do meanwhile; its values are ignored.
 * @returns A cold observable of what is read.
 */
export function duplex<R>(read: ObservableInput<R>, write: ObservableInput<unknown>): Observable<R> {
  // As a value the end of reading passes the merge, which would wait for both.
  return merge(from(write).pipe(ignoreElements()), from(read).pipe(materialize())).pipe(dematerialize());
}
