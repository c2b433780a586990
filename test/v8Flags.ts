/**
 * What `npm test` tells V8, for processes that live for seconds: room for garbage before it is collected the first time,
 * and more calls before a function is optimized, of WebAssembly as well. A short training takes a quarter less processor time
 * that way.
 */
export const TEST_FLAGS: readonly string[] = [
  "--min-semi-space-size=16",
  "--wasm-tiering-budget=300000000",
  // V8 12, Node 22's, counts calls instead, and refuses the option.
  ...(Number.parseInt(process.versions.v8, 10) < 12 ? ["--interrupt-budget=1000000"] : []),
];

/** Those of this process, for the ones that it starts. */
export const V8_FLAGS: readonly string[] = process.execArgv.filter((flag) =>
  TEST_FLAGS.includes(flag),
);
