/** Our decoders give the pixels of sharp's native ones, at every size and for every kind of file. */

import assert from "node:assert/strict";
import { test } from "node:test";
import sharp, { type Sharp } from "sharp";
import { decodePoster, decodeScaled } from "../../../node/poster.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { type Codecs, decodeImage } from "../../../predictor/image/decode.ts";
import { inspectImage } from "../../../predictor/image/inspect.ts";
import { DecodeError } from "../../../predictor/image/rowDecoder.ts";
import { resizePoster } from "../../../predictor/preprocess/poster.ts";
import { bySharp, same } from "./bySharp.ts";
import { chunk, writePng } from "./writePng.ts";

const SIZES = [
  [1, 1],
  [2, 9],
  [7, 5],
  [33, 40],
  [90, 61],
] as const;

const depths = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
} as const;
const names = { 0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGB with alpha" };
for (const colour of [0, 2, 3, 4, 6] as const) {
  test(`PNG of ${names[colour]}: every depth, interlaced or not, with a transparent colour or not`, async () => {
    const random = createRandom(colour);
    for (const depth of depths[colour]) {
      for (const interlaced of [false, true]) {
        for (const transparent of colour < 4 ? [false, true] : [false]) {
          for (const [width, height] of SIZES) {
            const form = { width, height, colour, depth, interlaced, transparent };
            const file = writePng(form, random);
            assert.ok(same(await decodePoster(file), await bySharp(file)), JSON.stringify(form));
          }
        }
      }
    }
  });
}

/** Smooth colours and noise, RGBA with clear, opaque and half-clear parts. */
function picture(width: number, height: number): Sharp {
  const random = createRandom(width * 1000 + height);
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => {
    const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
    return [x * 5 + random.int(20), y * 3, (x + y) * 2, [0, 128, 255][(x >> 3) % 3]!][i & 3]! & 255;
  });
  return sharp(data, { raw: { width, height, channels: 4 } });
}

const kinds: Record<string, (image: Sharp) => Sharp> = {
  WebP: (image) => image.removeAlpha().webp(),
  "WebP of low quality": (image) => image.removeAlpha().webp({ quality: 1 }),
  "WebP with alpha": (image) => image.webp(),
  "WebP with lossy alpha": (image) => image.webp({ alphaQuality: 20 }),
  "lossless WebP": (image) => image.removeAlpha().webp({ lossless: true }),
  "lossless WebP with alpha": (image) => image.webp({ lossless: true }),
  "near-lossless WebP": (image) => image.webp({ nearLossless: true, quality: 40 }),
  GIF: (image) => image.removeAlpha().gif(),
  "GIF of two colours": (image) => image.removeAlpha().gif({ colours: 2 }),
  "interlaced GIF with transparency": (image) => image.gif({ progressive: true }),
};
for (const [kind, encode] of Object.entries(kinds)) {
  test(`${kind}: pixels equal sharp's at every size`, async () => {
    for (const [width, height] of [...SIZES, [300, 201]] as const) {
      const file = await encode(picture(width, height)).toBuffer();
      assert.ok(same(await decodePoster(file), await bySharp(file)), `${width} x ${height}`);
    }
  });
}

test("Exif's orientation: pixels equal sharp's, in JPEG and PNG, not in WebP", async () => {
  for (const format of ["jpeg", "png", "webp"] as const) {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const file = await picture(33, 40).withMetadata({ orientation })[format]().toBuffer();
      const expected = await bySharp(file, format !== "webp");
      assert.ok(same(await decodePoster(file), expected), `${format} ${orientation}`);
    }
  }
});

test("the first frame of an animated WebP, which may be smaller than the image", async () => {
  const frames = [
    await picture(33, 40).png().toBuffer(),
    await picture(33, 40).negate().png().toBuffer(),
  ];
  const file = await sharp(frames, { join: { animated: true } })
    .webp()
    .toBuffer();
  assert.ok(same(await decodePoster(file), await bySharp(file, false)));
  // The canvas is wider and higher than its frames, 24 bits each, less one.
  const wide = Buffer.from(file);
  assert.equal(wide.toString("latin1", 12, 16), "VP8X");
  wide.writeUIntLE(39, 24, 3);
  wide.writeUIntLE(49, 27, 3);
  assert.ok(same(await decodePoster(wide), await bySharp(wide, false)));
});

test("an image that is scaled as it is decoded equals one that is decoded first, in every orientation", async () => {
  const specs = [
    { height: 16, width: 11 },
    { height: 60, width: 40 },
    { height: 33, width: 33 },
    { height: 3, width: 50 },
  ];
  for (const [width, height] of [
    [33, 40],
    [40, 60],
    [300, 201],
  ] as const) {
    for (const encode of [
      ...[1, 4, 5, 6, 8].map(
        (orientation) => (image: Sharp) => image.withMetadata({ orientation }).jpeg(),
      ),
      (image: Sharp) => image.withMetadata({ orientation: 7 }).png(),
      (image: Sharp) => image.png({ progressive: true }),
      (image: Sharp) => image.webp(),
      (image: Sharp) => image.gif(),
    ]) {
      const file = await encode(picture(width, height)).toBuffer();
      const whole = await decodePoster(file);
      for (const spec of specs) {
        const scaled = await decodeScaled(file, spec, "poster", { pixels: 1e6 });
        assert.deepEqual(scaled, resizePoster(whole, spec), `${width} x ${height}`);
      }
    }
  }
});

test("damage below the part that the model sees is found, too", async () => {
  const tall = await picture(20, 400).removeAlpha().png({ compressionLevel: 0 }).toBuffer();
  const data = tall.indexOf("IDAT");
  const length = tall.readUInt32BE(data - 4);
  const cut = Buffer.concat([
    tall.subarray(0, data - 4),
    chunk("IDAT", tall.subarray(data + 4, data + 4 + Math.floor(length * 0.9))),
    tall.subarray(data + 8 + length),
  ]);
  const message = "poster: cannot be decoded as an image (it is damaged)";
  await assert.rejects(decodePoster(cut), { message });
  const spec = { height: 16, width: 16 };
  await assert.rejects(decodeScaled(cut, spec, "poster", { pixels: 1e6 }), { message });
});

test("a lack of memory is not called damage", async () => {
  const file = await picture(7, 5).png().toBuffer();
  const codecs = {
    open() {
      throw new DecodeError("memory");
    },
  } as unknown as Codecs;
  await assert.rejects(decodeImage(file, inspectImage(file, "poster"), "poster", codecs), {
    message: "poster: cannot be decoded as an image (it needs more memory than is available)",
  });
});
