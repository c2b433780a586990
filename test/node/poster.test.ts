/** Decoding of image files of all supported kinds, encoded by the tests. */

import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { decodePoster, decodeScaled } from "../../node/poster.ts";
import { createRandom } from "../../pipeline/common/random.ts";
import { resizePoster } from "../../predictor/preprocess/poster.ts";

const WIDTH = 12;
const HEIGHT = 8;

/** The left half is red, the right half blue; uint8 [HEIGHT, WIDTH, 3]. */
const halves = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => {
  const left = Math.floor(i / 3) % WIDTH < WIDTH / 2;
  return i % 3 === (left ? 0 : 2) ? 255 : 0;
});
const picture = () => sharp(halves, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });

/** Largest difference between the decoded file and `halves`. */
async function differenceOf(file: Buffer): Promise<number> {
  const image = await decodePoster(file);
  assert.deepEqual([image.width, image.height, image.channels], [WIDTH, HEIGHT, 3]);
  assert.equal(image.data.length, halves.length);
  return Math.max(...halves.map((value, i) => Math.abs(value - image.data[i]!)));
}

const lossless: Record<string, () => Promise<Buffer>> = {
  PNG: () => picture().png().toBuffer(),
  "interlaced PNG": () => picture().png({ progressive: true }).toBuffer(),
  "palette PNG": () => picture().png({ palette: true }).toBuffer(),
  "PNG of 16 bits": () => picture().toColourspace("rgb16").png().toBuffer(),
  "lossless WebP": () => picture().webp({ lossless: true }).toBuffer(),
  GIF: () => picture().gif().toBuffer(),
  "opaque PNG with alpha": () => picture().ensureAlpha().png().toBuffer(),
};
for (const [kind, make] of Object.entries(lossless)) {
  test(`${kind}: decoded pixels equal the original`, async () =>
    assert.equal(await differenceOf(await make()), 0));
}

const lossy: Record<string, () => Promise<Buffer>> = {
  JPEG: () => picture().jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(),
  "progressive JPEG": () =>
    picture().jpeg({ quality: 100, progressive: true, chromaSubsampling: "4:4:4" }).toBuffer(),
};
for (const [kind, make] of Object.entries(lossy)) {
  test(`${kind}: decoded pixels are close to the original`, async () => {
    const difference = await differenceOf(await make());
    assert.ok(difference <= 12, `difference ${difference}`);
  });
}

test("a grey image, with or without alpha, becomes three equal channels", async () => {
  const grey = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => i * 2);
  const image = sharp(grey, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } });
  const files = [
    await image.clone().toColourspace("b-w").png().toBuffer(),
    await image.clone().toColourspace("b-w").ensureAlpha().png().toBuffer(),
  ];
  assert.equal((await sharp(files[0]).metadata()).channels, 1);
  for (const file of files) {
    const { data } = await decodePoster(file);
    assert.equal(data.length, WIDTH * HEIGHT * 3);
    assert.ok(data.every((value, i) => value === grey[Math.floor(i / 3)]));
  }
  const jpeg = await image.clone().toColourspace("b-w").jpeg().toBuffer();
  const { data } = await decodePoster(jpeg);
  assert.equal(data.length, WIDTH * HEIGHT * 3);
  for (let i = 0; i < data.length; i += 3)
    assert.deepEqual([data[i], data[i]], [data[i + 1], data[i + 2]]);
});

test("a CMYK JPEG becomes RGB with the same hues", async () => {
  const file = await picture().toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
  assert.equal((await sharp(file).metadata()).space, "cmyk");
  const { data, width } = await decodePoster(file);
  const pixel = (x: number) => [...data.subarray((3 * width + x) * 3, (3 * width + x) * 3 + 3)];
  const [left, right] = [pixel(1), pixel(10)];
  assert.ok(left[0]! > left[1]! + 80 && left[0]! > left[2]! + 80, `red became ${left}`);
  assert.ok(right[2]! > right[0]! + 40 && right[2]! > right[1]! + 40, `blue became ${right}`);
});

test("transparent pixels are blended with white", async () => {
  const rgba = new Uint8Array(4 * 4 * 4).map((_, i) => [200, 100, 50, 128][i % 4]!);
  const file = await sharp(rgba, { raw: { width: 4, height: 4, channels: 4 } })
    .png()
    .toBuffer();
  const { data } = await decodePoster(file);
  // 200 * 128 / 255 + 127, and so on.
  assert.deepEqual([...data.subarray(0, 3)], [227, 177, 152]);
});

test("EXIF orientation is applied", async () => {
  const upright = await picture().png().toBuffer();
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const file = await sharp(upright).withMetadata({ orientation }).png().toBuffer();
    const { width, height, data } = await decodePoster(file);
    const turned = orientation > 4;
    assert.deepEqual([width, height], turned ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT], `${orientation}`);
    // Where the red half lies, by the table of EXIF 2.32, section 4.6.4.
    const red = [
      data[0]! > 128,
      data[(width - 1) * 3]! > 128,
      data[(height - 1) * width * 3]! > 128,
    ];
    const expected = {
      1: [true, false, true],
      2: [false, true, false],
      3: [false, true, false],
      4: [true, false, true],
      5: [true, true, false],
      6: [true, true, false],
      7: [false, false, true],
      8: [false, false, true],
    }[orientation];
    assert.deepEqual(red, expected, `orientation ${orientation}`);
  }
});

test("the first frame of an animation is decoded", async () => {
  const frames = new Uint8Array(4 * 8 * 3).map((_, i) => (i < 4 * 4 * 3 ? 255 : 0));
  const file = await sharp(frames, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
    .gif()
    .toBuffer();
  assert.equal((await sharp(file, { animated: true }).metadata()).pages, 2);
  const { width, height, data } = await decodePoster(file);
  assert.deepEqual([width, height, data[0]], [4, 4, 255]);
});

const whole = await sharp({ create: { width: 64, height: 96, channels: 3, background: "#842" } })
  .jpeg()
  .toBuffer();
const refused: [what: string, bytes: Uint8Array | (() => Promise<Uint8Array>), message: RegExp][] =
  [
    ["an empty file", new Uint8Array(0), /^poster: is an empty file$/],
    [
      "text",
      Buffer.from("<html>404 not found</html>"),
      /^poster: cannot be decoded as an image \(/,
    ],
    ["a truncated JPEG", whole.subarray(0, whole.length - 60), /cannot be decoded as an image/],
    ["the head of a JPEG", whole.subarray(0, 20), /cannot be decoded as an image/],
    [
      "a PNG with a damaged byte",
      async () => {
        const bytes = await picture().png().toBuffer();
        bytes[bytes.length - 20]! ^= 0xff;
        return bytes;
      },
      /cannot be decoded as an image/,
    ],
    [
      "a small file of 64 megapixels",
      () =>
        sharp({ create: { width: 8000, height: 8000, channels: 3, background: "#000" } })
          .toColourspace("b-w")
          .png({ compressionLevel: 9 })
          .toBuffer(),
      /cannot be decoded as an image \(it has 8000 x 8000 pixels; at most 50000000 are accepted/,
    ],
  ];
for (const [what, bytes, message] of refused) {
  test(`${what} is an error`, async () => {
    const file = typeof bytes === "function" ? await bytes() : bytes;
    await assert.rejects(decodePoster(file), (error: Error) => {
      assert.equal(error.name, "InputError");
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}

test("errors name the given field", async () => {
  await assert.rejects(decodePoster(new Uint8Array(3), "movies[2].poster"), {
    field: "movies[2].poster",
  });
});

test("an image that is scaled at once equals one that is decoded first", async () => {
  const random = createRandom(2);
  const pixels = Uint8Array.from({ length: 40 * 60 * 3 }, () => random.int(256));
  const image = sharp(pixels, { raw: { width: 40, height: 60, channels: 3 } });
  const spec = { height: 16, width: 11 };
  const files = [await image.jpeg().toBuffer(), await image.png().toBuffer()];
  const scaled = await Promise.all(
    files.map((file) => decodeScaled(file, spec, "poster", { pixels: 1e6 })),
  );
  // The second JPEG overwrites the decoder's memory.
  const decoded = await Promise.all([...files, files[0]!].map((file) => decodePoster(file)));
  for (const [i, pixels] of scaled.entries()) {
    assert.deepEqual(pixels, resizePoster(decoded[i]!, spec));
  }
  assert.deepEqual(decoded[2], decoded[0]);
});

test("a JPEG's Exif orientation is applied", async () => {
  const upright = await sharp(halves, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const { width, height, data } = await decodePoster(upright);
  assert.deepEqual([width, height], [HEIGHT, WIDTH]);
  assert.deepEqual(Buffer.from(data), await sharp(upright).autoOrient().raw().toBuffer());
});
