/** Lines of a body, however it is cut into pieces, in memory for no more than a line. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { linesOf } from "../../../../serve/http/stream/lines.ts";

/** The lines, those that are too long as undefined, and the bytes that were let go. */
async function read(pieces: Iterable<Buffer>, maxBytes = 1000) {
  async function* all() {
    yield* pieces;
  }
  const lines: [number, string | undefined][] = [];
  let released = 0;
  for await (const { number, bytes } of linesOf(all(), maxBytes, (freed) => {
    released += freed;
  })) {
    lines.push([number, bytes?.toString()]);
  }
  return { lines, released };
}

test("whatever the pieces are, the lines are those of the text, and every byte is in one or let go", async () => {
  const text = fc
    .array(fc.oneof(fc.constant("\n"), fc.constantFrom(" ", "\r\n", "a", "ä{}", "x".repeat(30))))
    .map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.integer({ min: 1, max: 9 })), async (given, sizes) => {
      const bytes = Buffer.from(given);
      const pieces: Buffer[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[i % Math.max(1, sizes.length)] ?? 4;
        pieces.push(bytes.subarray(at, at + size));
        at += size;
      }
      const { lines, released } = await read(pieces, 20);
      const expected = given
        .split("\n")
        .map((line, i): [number, string | undefined] => [
          i + 1,
          Buffer.byteLength(line) > 20 ? undefined : line,
        ])
        .filter(([, line]) => line === undefined || line.trim() !== "");
      assert.deepEqual(lines, expected);
      const kept = lines.reduce((sum, [, line = ""]) => sum + Buffer.byteLength(line), 0);
      assert.equal(kept + released, bytes.length);
    }),
    { numRuns: 300, seed: 1 },
  );
});

test("of a line that is too long, nothing is kept, and the next one is read", async () => {
  let kept = 0;
  let most = 0;
  const piece = Buffer.alloc(1000, "x");
  async function* pieces() {
    for (let i = 0; i < 5000; i++) {
      kept += piece.length;
      most = Math.max(most, kept);
      yield piece;
    }
    yield Buffer.from("\n7\n");
  }
  const lines = linesOf(pieces(), 10_000, (freed) => {
    kept -= freed;
  });
  assert.deepEqual(await lines.next(), { done: false, value: { number: 1, bytes: undefined } });
  assert.ok(most <= 11_000, `${most} bytes were kept`);
  const { value } = await lines.next();
  assert.deepEqual([value?.number, value?.bytes?.toString()], [2, "7"]);
});

test("a piece is asked for when those before it have no more lines", async () => {
  let asked = 0;
  async function* pieces() {
    for (;;) {
      asked++;
      yield Buffer.from("a\nb\n");
    }
  }
  const lines = linesOf(pieces(), 10, () => {});
  for (const expected of [1, 1, 2, 2, 3]) {
    await lines.next();
    assert.equal(asked, expected);
  }
});
