/** Makes a WebAssembly module whose functions note in its memory that they were called. */

import {
  integer,
  prefixBody,
  readBodies,
  readModule,
  SECTION,
  writeBodies,
  writeModule,
} from "../../web/build/runtime/module.ts";

/** Byte where the notes begin, one byte for each function: behind all that the graphs of a profile need. */
const BASE = 2 ** 30;

const I32_CONST = 0x41;
const I32_STORE8 = 0x3a;

/** @returns `functions`: how many the module defines. */
export function recordCalls(wasm: Uint8Array) {
  let functions = 0;
  const sections = readModule(wasm).map(({ id, bytes }) => {
    if (id !== SECTION.code) return { id, bytes };
    const bodies = readBodies(bytes);
    functions = bodies.length;
    const noting = bodies.map((body, i) =>
      prefixBody(body, [
        ...[I32_CONST, ...integer(BASE + i)],
        ...[I32_CONST, 1],
        ...[I32_STORE8, 0, 0], // alignment, offset
      ]),
    );
    return { id, bytes: writeBodies(noting) };
  });
  return { module: writeModule(sections), functions, base: BASE };
}
