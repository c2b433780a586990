/** Decoding of JPEGs by libjpeg-turbo equals sharp's. */

import assert from "node:assert/strict";
import { test } from "node:test";
import sharp, { type JpegOptions } from "sharp";
import { decodePoster } from "../../node/poster.ts";
import { decodeTurbo, hasTurbo } from "../../node/turbojpeg.ts";
import { createRandom } from "../../pipeline/common/random.ts";

/** Smoothed coloured patches, which need all coefficients and have values clipped at both ends. */
async function draw(width: number, height: number, options: JpegOptions): Promise<Buffer> {
  const random = createRandom(width * 1000 + height);
  const small = {
    width: Math.ceil(width / 8),
    height: Math.ceil(height / 8),
    channels: 3 as const,
  };
  const pixels = Uint8Array.from({ length: small.width * small.height * 3 }, () => random.int(256));
  return sharp(pixels, { raw: small })
    .resize(width, height, { fit: "fill", kernel: "cubic" })
    .jpeg(options)
    .toBuffer();
}

const skip = !hasTurbo() && "libjpeg-turbo is missing (Debian: apt-get install libturbojpeg0)";

const kinds: Record<string, JpegOptions> = {
  "4:2:0": { chromaSubsampling: "4:2:0" },
  "4:4:4": { chromaSubsampling: "4:4:4" },
  progressive: { progressive: true },
  "with optimized tables": { mozjpeg: true },
  "of low quality": { quality: 5 },
  "of high quality": { quality: 100 },
};
for (const [kind, options] of Object.entries(kinds)) {
  test(`JPEG ${kind}: pixels equal sharp's at every size`, { skip }, async () => {
    for (const [width, height] of [
      [1, 1],
      [7, 5],
      [16, 16],
      [17, 33],
      [300, 449],
    ] as const) {
      const file = await draw(width, height, options);
      const expected = await sharp(file).raw().toBuffer();
      // A view into a larger buffer, as Node's small buffers are.
      const within = Buffer.concat([Buffer.alloc(5), file]).subarray(5);
      const actual = decodeTurbo(within, width, height);
      assert.ok(actual && Buffer.compare(actual, expected) === 0, `${width} x ${height}`);
    }
  });
}

test("a grey JPEG becomes three channels equal to sharp's", { skip }, async () => {
  const file = await sharp(await draw(31, 18, {}))
    .toColourspace("b-w")
    .jpeg()
    .toBuffer();
  assert.equal((await sharp(file).metadata()).channels, 1);
  const expected = await sharp(file).toColourspace("srgb").raw().toBuffer();
  assert.deepEqual(Buffer.from(decodeTurbo(file, 31, 18)!), expected);
});

test("damaged and CMYK files, and files of another size, are not decoded", async () => {
  const file = await draw(64, 96, {});
  // Damage in the coefficients, which only decoding detects.
  const damaged = Buffer.from(file);
  damaged.fill(0xff, file.length - 300, file.length - 290);
  const cmyk = await sharp(file).toColourspace("cmyk").jpeg().toBuffer();
  assert.equal(decodeTurbo(damaged, 64, 96), undefined);
  assert.equal(decodeTurbo(cmyk, 64, 96), undefined);
  assert.equal(decodeTurbo(file, 64, 95), undefined);
  assert.equal(decodeTurbo(file.subarray(0, 100), 64, 96), undefined);
});

test("a JPEG's Exif orientation is applied", async () => {
  const upright = await draw(24, 16, {});
  const turned = await sharp(upright).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const { width, height, data } = await decodePoster(turned);
  assert.deepEqual([width, height], [16, 24]);
  const expected = await sharp(turned).autoOrient().raw().toBuffer();
  assert.deepEqual(Buffer.from(data), expected);
});
