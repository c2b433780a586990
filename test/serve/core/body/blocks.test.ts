/** Putting small pieces of a body together. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Blocks } from "../../../../serve/core/body/blocks.ts";

function blocksOf(pieces: readonly Buffer[]): Buffer[] {
  const blocks: Buffer[] = [];
  const gatherer = new Blocks((block) => blocks.push(block));
  for (const piece of pieces) gatherer.add(piece);
  gatherer.flush();
  return blocks;
}

test("the bytes stay as they are, whatever the pieces", () => {
  const size = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(4096, 4097, 70_000));
  fc.assert(
    fc.property(fc.array(size, { minLength: 60, maxLength: 200 }), (sizes) => {
      const pieces = sizes.map((length, i) => Buffer.alloc(length, i));
      assert.deepEqual(Buffer.concat(blocksOf(pieces)), Buffer.concat(pieces));
    }),
    { numRuns: 50, seed: 1 },
  );
});

test("a million pieces of a byte make few blocks", () => {
  const blocks = blocksOf(new Array(1e6).fill(Buffer.from("x")));
  assert.equal(blocks.length, 64 + Math.ceil((1e6 - 64) / 65_536));
});
