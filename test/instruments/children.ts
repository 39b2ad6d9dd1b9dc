/**
 * For Node's --import: an instrument's runtime is preloaded into Node alone, in
 * each process that the tests start. Other programs would only be slower by it,
 * or crash, as Debian's sh does with ThreadSanitizer's.
 */
const { UVSOCK_INSTRUMENTED_NODE: node } = process.env;
if (node !== undefined) process.execPath = node;
delete process.env.LD_PRELOAD;
