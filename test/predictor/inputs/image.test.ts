/** Images: pixels, and the flag that says whether there are any. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ImageSpec, image } from "../../../predictor/inputs/image.ts";
import { resizePoster } from "../../../predictor/preprocess/poster.ts";

const SPEC: ImageSpec = { type: "image", height: 2, width: 1 };
const encode = image.encoder("cover", SPEC);
const picture = (width: number, height: number) => ({
  data: Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 7) % 256),
  width,
  height,
  channels: 4 as const,
});

test("an image is cropped and scaled to the spec's size", () => {
  const cover = picture(5, 4);
  const features = encode({ cover });
  assert.deepEqual(features, resizePoster(cover, SPEC));
  assert.equal(features?.length, 6);
});

test("an image whose bytes do not fit its size is refused by the input's name", () => {
  assert.throws(() => encode({ cover: { ...picture(5, 4), width: 6 } }), {
    name: "InputError",
    message: "cover: 80 bytes do not make an image of 6 x 4 with 4 channels",
  });
});

test("a black image is there, and no image is not", () => {
  const black = encode({ cover: { data: new Uint8Array(6), width: 1, height: 2, channels: 3 } });
  assert.deepEqual(black, new Uint8Array(6));
  assert.ok(image.isPresent(black));
  assert.equal(encode({}), undefined);
  assert.equal(image.absent(), undefined);
  assert.ok(!image.isPresent(undefined));
});

test("a batch has the pixels, [items, height, width, 3], and a flag for each item", () => {
  const rows = [undefined, new Uint8Array(6).fill(3), new Uint8Array(6)];
  assert.deepEqual(image.collate("cover", SPEC, rows), {
    cover: {
      type: "uint8",
      dims: [3, 2, 1, 3],
      data: Uint8Array.from({ length: 18 }, (_, i) => (i >= 6 && i < 12 ? 3 : 0)),
    },
    has_cover: { type: "float32", dims: [3, 1], data: Float32Array.of(0, 1, 1) },
  });
  assert.deepEqual(image.tensorNames("cover"), ["cover", "has_cover"]);
});

test("the schema refuses sizes that cannot be", () => {
  for (const change of [{ height: 0 }, { width: 1.5 }, { width: -1 }]) {
    assert.ok(!image.spec.safeParse({ ...SPEC, ...change }).success);
  }
});
