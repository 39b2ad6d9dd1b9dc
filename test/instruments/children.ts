/**
 * For mocha's --require: an instrument's runtime is preloaded into Node alone,
 * here and in the processes that tests start. Other programs would only be
 * slower by it, or crash, as Debian's sh does with ThreadSanitizer's.
 */
const { UVSOCK_INSTRUMENTED_NODE: node } = process.env;
if (node === undefined)
  throw new Error('UVSOCK_INSTRUMENTED_NODE must be the program that preloads the runtime');
process.execPath = node;
delete process.env.LD_PRELOAD;
