/** Posters and answers in Node and in Chromium: the same bytes, and probabilities that differ by rounding only. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decodePoster } from "../../node/poster.ts";
import { quartersOf, turnedAvifs } from "../node/avifTurns.ts";
import { TOLERANCE } from "./harness/tolerance.ts";
import { publishedModel } from "./page/publishedPage.ts";
import { compareRuntimes } from "./parity/compare.ts";
import { oddImages } from "./parity/oddImages.ts";
import { drawnPosters, HAS_MOVIELENS, moviePosters, spread } from "./parity/posters.ts";
import { openRuntimes, type Runtimes } from "./parity/runtimes.ts";

const POSTERS = 200;
/** Every fourth with title and ratings too. */
const MOVIES_EVERY = 4;

let runtimes: Runtimes;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "marquee-parity-"));
  runtimes = await openRuntimes(await publishedModel(join(folder, "tiny")));
});
after(async () => {
  await runtimes?.close();
  await rm(folder, { recursive: true, force: true });
});

test(`${POSTERS} ${HAS_MOVIELENS ? "real" : "drawn"} posters: pixels, tensors, probabilities, order`, async (t) => {
  const all = HAS_MOVIELENS ? await moviePosters() : drawnPosters(POSTERS);
  const { decoded, refused, answers, ties, maxDelta, differ } = await compareRuntimes(
    runtimes,
    spread(all, POSTERS),
    MOVIES_EVERY,
  );
  assert.deepEqual(differ, { refusal: [], pixels: [], tensor: [], order: [] });
  assert.equal(decoded + refused, POSTERS);
  assert.ok(decoded >= POSTERS * 0.8, `${decoded} posters`);
  assert.ok(answers > decoded, `${answers} answers`);
  assert.ok(maxDelta > 0 && maxDelta <= TOLERANCE, `differs by ${maxDelta}`);
  t.diagnostic(
    `largest difference ${maxDelta.toExponential(2)}; ${ties.length} ties in ${answers} answers`,
  );
});

for (const { name, file, refused } of await oddImages()) {
  test(`${name}: ${refused ? "refused in the same words" : "the same pixels"}`, async () => {
    const job = { file: file.toString("base64") };
    const node = await runtimes.node(job);
    assert.deepEqual(await runtimes.chromium(job), node);
    if ("refusal" in node) assert.equal(node.refusal, `poster: ${refused}`);
    else assert.equal(refused, undefined);
  });
}

for (const { name, file, width, height, quarters } of await turnedAvifs()) {
  test(`${name}: the same pixels, turned as Chromium itself shows them`, async () => {
    const job = { file: file.toString("base64") };
    const node = await runtimes.node(job);
    assert.ok("pixels" in node);
    assert.deepEqual(await runtimes.chromium(job), node);
    const shown = await runtimes.decodeNatively(job.file);
    assert.deepEqual([shown.width, shown.height, quartersOf(shown, 4)], [width, height, quarters]);
    assert.deepEqual([node.width, node.height], [width, height]);
    assert.equal(quartersOf(await decodePoster(file)), quarters);
  });
}
