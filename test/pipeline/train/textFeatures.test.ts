/** Features of texts: each is the encoder's own, and short texts share a pass. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { computeTextFeatures, idsKey } from "../../../pipeline/train/textFeatures.ts";

let cache: string;
before(async () => {
  cache = await mkdtemp(join(tmpdir(), "marquee-texts-"));
});
after(() => rm(cache, { recursive: true, force: true }));

/** A text of its own for each number. */
const textOf = (length: number, number: number) =>
  Int32Array.from({ length }, (_, i) => (i === 0 ? number : i));

test("short texts share a pass, long ones go by eight, and each has its own features", async () => {
  const lengths = [...new Array(100).fill(3), ...new Array(20).fill(100), ...new Array(3).fill(30)];
  const texts = lengths.map(textOf);
  const batches: [count: number, longest: number][] = [];
  const seen: number[] = [];
  const features = await computeTextFeatures({
    backbone: { features: 1, sha256: "0" },
    // A text that repeats is computed once.
    texts: [...texts, texts[5]!],
    cache,
    runtime: "test",
    open: async () => ({ run: async () => ({}), close: async () => {} }),
    async encode(given) {
      batches.push([given.length, Math.max(...given.map((ids) => ids.length))]);
      return Float32Array.from(given, (ids) => ids[0]! + ids.length / 1000);
    },
    onProgress: (done) => seen.push(done),
  });
  // 85 times 3 is within 256; then 15 of 3, and one of 30 does not fit beside them.
  assert.deepEqual(batches, [
    [85, 3],
    [15, 3],
    [8, 100],
    [8, 100],
    [7, 100],
  ]);
  assert.deepEqual(seen, [85, 100, 108, 116, 123]);
  const out = new Float32Array(1);
  for (const ids of texts) {
    features.read(idsKey(ids), 0, out, 0);
    assert.equal(out[0], Math.fround(ids[0]! + ids.length / 1000));
  }
  features.close();
});
