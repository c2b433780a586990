/** What ONNX Runtime and browsers really said, and what users read of it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type RuntimeFault, runtimeFailure } from "../../../web/worker/runtimeFailure.ts";

const BACKEND = "no available backend found. ERR: [wasm]";
/** Errors of ONNX Runtime 1.30 in Chromium 156, Firefox 153 and WebKit, by their own names. */
const SAID: readonly (readonly [RuntimeFault, Error])[] = [
  ["memory", new Error(`${BACKEND} RangeError: WebAssembly.Memory(): could not allocate memory`)],
  ["memory", new Error(`${BACKEND} RangeError: Out of memory`)],
  ["memory", new Error("Can't create a session. ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc")],
  ["memory", new RangeError("Array buffer allocation failed")],
  ["memory", new RangeError("Invalid array length")],
  ["memory", new Error(`${BACKEND} RuntimeError: Aborted(OOM). Build with -sASSERTIONS for more`)],
  [
    "unsupported",
    new Error(`${BACKEND} Error: WebAssembly SIMD is not supported in the current environment.`),
  ],
  [
    "unsupported",
    new Error(
      `${BACKEND} CompileError: WebAssembly.instantiate(): Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source`,
    ),
  ],
  [
    "download",
    new Error(
      `${BACKEND} RuntimeError: Aborted(CompileError: WebAssembly.instantiate(): expected magic word 00 61 73 6d, found 3c 21 44 4f @+0). Build with -sASSERTIONS for more info.`,
    ),
  ],
  [
    "download",
    new Error(
      `${BACKEND} RuntimeError: Aborted(both async and sync fetching of the wasm failed). Build with -sASSERTIONS for more info.`,
    ),
  ],
  [
    "download",
    new Error(
      `${BACKEND} TypeError: Failed to fetch dynamically imported module: http://127.0.0.1/a.js`,
    ),
  ],
  ["download", new TypeError("error loading dynamically imported module: http://127.0.0.1/a.js")],
  ["download", new TypeError("Importing a module script failed.")],
  ["download", new TypeError("Load failed")],
  [
    "stopped",
    new Error(`${BACKEND} RuntimeError: Aborted(). Build with -sASSERTIONS for more info.`),
  ],
  ["stopped", new Error("unreachable")],
];
const JARGON = /ASSERTIONS|Aborted|backend|ERR|Error|instantiate|alloc|wasm\b/;

for (const [fault, error] of SAID) {
  test(`${fault}: ${error.message.slice(0, 90)}`, () => {
    const failure = runtimeFailure(error);
    assert.equal(failure.fault, fault);
    assert.equal(failure.cause, error);
    assert.doesNotMatch(failure.message, JARGON);
    assert.match(failure.message, /; /, "says what to do");
    assert.equal(runtimeFailure(failure), failure);
  });
}
