/** A model with its threads: files and pixels, right and wrong movies in one batch, and the poster cache. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import type { LabelsAnswer } from "../../../predictor/answerTypes.ts";
import type { Item } from "../../../predictor/inputs/inputType.ts";
import { ImageCache } from "../../../serve/engine/imageCache.ts";
import { type Model, openModel } from "../../../serve/engine/model.ts";
import { publishTiny } from "../server.ts";

let folder: string;
let model: Model;
const lookups: boolean[] = [];
const decoded: number[] = [];
const decodedLarge: number[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "marquee-model-"));
  await publishTiny(join(folder, "tiny"));
  model = await openModel(join(folder, "tiny"), {
    provider: "cpu",
    precision: "fp32",
    workers: 1,
    threads: 1,
    maxBatch: 8,
    imageLimits: { pixels: 2_000_000 },
    driftItems: 0,
    images: new ImageCache(1e6, (found) => lookups.push(found)),
    expected: () => 0,
    onDecode: (seconds) => decodedLarge.push(seconds),
    onBatch: ({ decodeSeconds }) => decoded.push(decodeSeconds.length),
  });
});
after(async () => {
  await model.close();
  await rm(folder, { recursive: true });
});

const draw = (background: string, size = 50) =>
  sharp({ create: { width: size, height: size, channels: 3, background } })
    .jpeg()
    .toBuffer();

test("wrong movies do not affect others of their batch, and each has its own issue", async () => {
  const good: Item = { title: "War hunter", year: 1962 };
  const cases: [Item, RegExp | undefined][] = [
    [good, undefined],
    [{ poster: Buffer.from("no image") }, /^poster: cannot be decoded as an image/],
    [{ ...good, ratings: [{ user: "u0", stars: 99 }] }, /^ratings\[0\]\.stars: 99 is outside/],
    [{ poster: await draw("#123", 1500) }, /^poster: .*1500 x 1500 pixels; at most 2000000/],
    [{ ...good, poster: await draw("#a21") }, undefined],
  ];
  const before = decoded.length;
  const results = await Promise.allSettled(cases.map(([item]) => model.predict({ item })));
  assert.equal(decoded.length, before + 1);
  for (const [i, [, message]] of cases.entries()) {
    const result = results[i]!;
    if (message === undefined) assert.equal(result.status, "fulfilled", String(i));
    else assert.match(String((result as PromiseRejectedResult).reason.message), message);
  }
});

test("a poster is decoded once; its file and the cache give the same answer", async () => {
  const [file, other] = [await draw("#b42"), await draw("#24b")];
  lookups.length = 0;
  decoded.length = 0;
  const first = await model.predict({ item: { poster: file }, explain: true });
  const again = await model.predict({ item: { poster: Buffer.from(file) }, explain: true });
  const different = await model.predict({ item: { poster: other }, explain: true });
  assert.deepEqual(again, first);
  assert.notDeepEqual(different, first);
  assert.deepEqual(lookups, [false, true, false]);
  assert.deepEqual(decoded, [1, 0, 1]);
});

test("large posters are decoded in threads of their own, each once, and cached like others", async () => {
  const file = await draw("#284", 1300);
  const damaged = Buffer.from(file);
  // A table of codes that cannot be.
  const table = file.indexOf(Buffer.from([0xff, 0xc4]));
  damaged.fill(0xff, table + 5, table + 21);
  lookups.length = 0;
  decoded.length = 0;
  const [first, same, broken] = await Promise.allSettled([
    model.predict({ item: { poster: file } }),
    model.predict({ item: { poster: Buffer.from(file) } }),
    model.predict({ item: { poster: damaged } }),
  ]);
  assert.equal(first.status, "fulfilled");
  assert.deepEqual(same, first);
  assert.match(String((broken as PromiseRejectedResult).reason), /poster: cannot be decoded/);
  const again = await model.predict({ item: { poster: file } });
  assert.deepEqual(again, first.value);
  assert.deepEqual(lookups, [false, false, false, true]);
  assert.equal(decodedLarge.length, 2);
  // None by the threads that answer.
  assert.equal(
    decoded.reduce((sum, count) => sum + count, 0),
    0,
  );
  const small = await model.predict({ item: { poster: await draw("#284", 1200) } });
  assert.deepEqual((small as LabelsAnswer).selected, (first.value as LabelsAnswer).selected);
});
