/** libjpeg-turbo in WebAssembly gives the bytes of sharp's native build, or leaves a file to sharp. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import sharp, { type JpegOptions } from "sharp";
import { sha256 } from "../../../node/files.ts";
import { jpegDecoder } from "../../../node/jpeg.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { inspectImage } from "../../../predictor/image/inspect.ts";
import { writeJpeg } from "./writeJpeg.ts";

const decode = (file: Uint8Array, width: number, height: number) =>
  jpegDecoder().decode(file, width, height)?.slice();
const bySharp = async (file: Uint8Array): Promise<Uint8Array> =>
  sharp(file, { ignoreIcc: true, failOn: "error" }).toColourspace("srgb").raw().toBuffer();

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

const kinds: Record<string, JpegOptions> = {
  "4:2:0": { chromaSubsampling: "4:2:0" },
  "4:4:4": { chromaSubsampling: "4:4:4" },
  progressive: { progressive: true },
  "with optimized tables": { mozjpeg: true },
  "of low quality": { quality: 5 },
  "of high quality": { quality: 100 },
};
for (const [kind, options] of Object.entries(kinds)) {
  test(`JPEG ${kind}: pixels equal sharp's at every size`, async () => {
    for (const [width, height] of [
      [1, 1],
      [7, 5],
      [16, 16],
      [17, 33],
      [300, 449],
    ] as const) {
      const file = await draw(width, height, options);
      // A view into a larger buffer, as Node's small buffers are.
      const within = Buffer.concat([Buffer.alloc(5), file]).subarray(5);
      const actual = decode(within, width, height);
      assert.ok(actual, `${width} x ${height}`);
      assert.ok(Buffer.compare(actual, await bySharp(file)) === 0, `${width} x ${height}`);
    }
  });
}

// biome-ignore format: a table
const samplings: Record<string, readonly (readonly [number, number])[]> = {
  "4:4:4": [[1, 1], [1, 1], [1, 1]],
  "4:2:2": [[2, 1], [1, 1], [1, 1]],
  "4:2:0": [[2, 2], [1, 1], [1, 1]],
  "4:4:0": [[1, 2], [1, 1], [1, 1]],
  "4:1:1": [[4, 1], [1, 1], [1, 1]],
  "4:1:0": [[4, 2], [1, 1], [1, 1]],
  "4:4:1": [[1, 4], [1, 1], [1, 1]],
  "a third": [[3, 1], [1, 1], [1, 1]],
  "one chroma of full size": [[2, 2], [1, 1], [2, 2]],
  "chroma higher than luma": [[2, 1], [1, 2], [1, 1]],
  grey: [[1, 1]],
  "grey with factors": [[2, 2]],
};
const forms = [
  { quantizer: 1, bits: 5 },
  { quantizer: 16, bits: 4, restart: 3 },
  { quantizer: 16, bits: 4, transform: 0 },
  // Sums overflow 16 bits, as they do in the library's code for x86.
  ...(process.arch === "x64" ? [{ quantizer: 64, bits: 10 }] : []),
] as const;
for (const [kind, sampling] of Object.entries(samplings)) {
  test(`JPEG with sampling factors of ${kind}: pixels equal sharp's`, async () => {
    const random = createRandom(5);
    for (const form of forms) {
      for (const side of [1, 2, 3, 8, 9, 16, 17, 31, 33, 65]) {
        const size = { width: side, height: 1 + random.int(40) };
        const file = writeJpeg({ ...size, sampling, ...form }, random);
        assert.ok(inspectImage(file, "poster").ordinary);
        const actual = decode(file, size.width, size.height);
        const where = JSON.stringify({ ...size, ...form });
        assert.ok(actual, where);
        assert.ok(Buffer.compare(actual, await bySharp(file)) === 0, where);
      }
    }
  });
}

test("a grey JPEG becomes three channels equal to sharp's", async () => {
  const file = await sharp(await draw(31, 18, {}))
    .toColourspace("b-w")
    .jpeg()
    .toBuffer();
  assert.equal((await sharp(file).metadata()).channels, 1);
  assert.deepEqual(Buffer.from(decode(file, 31, 18)!), await bySharp(file));
});

test("damaged and CMYK files, and files of another size, are not decoded", async () => {
  const file = await draw(64, 96, {});
  // Damage in the coefficients, which only decoding detects.
  const damaged = Buffer.from(file);
  damaged.fill(0xff, file.length - 300, file.length - 290);
  const cmyk = await sharp(file).toColourspace("cmyk").jpeg().toBuffer();
  const refused = [
    [damaged, 64, 96],
    [cmyk, 64, 96],
    [file, 64, 95],
    [file.subarray(0, 100), 64, 96],
    [file.subarray(0, file.length - 60), 64, 96],
    [new Uint8Array(0), 64, 96],
    [new Uint8Array(1000).fill(0xff), 64, 96],
  ] as const;
  for (const [bytes, width, height] of refused) {
    assert.equal(decode(bytes, width, height), undefined);
    // What failed before is not seen by the next image.
    assert.deepEqual(Buffer.from(decode(file, 64, 96)!), await bySharp(file));
  }
});

test("of damaged files, what is decoded equals sharp's", async () => {
  const random = createRandom(11);
  const files = await Promise.all([
    draw(40, 33, {}),
    draw(40, 33, { progressive: true }),
    draw(40, 33, { chromaSubsampling: "4:4:4", quality: 30 }),
  ]);
  let decoded = 0;
  for (let i = 0; i < 600; i++) {
    const file = Buffer.from(files[i % files.length]!);
    for (let flips = 0; flips <= random.int(3); flips++) {
      file[2 + random.int(file.length - 2)]! ^= 1 << random.int(8);
    }
    const pixels = decode(file, 40, 33);
    if (!pixels || !isOrdinary(file)) continue;
    decoded++;
    assert.ok(Buffer.compare(pixels, await bySharp(file)) === 0, `file ${i}`);
  }
  assert.ok(decoded > 20 && decoded < 500, `${decoded} decoded`);
});

function isOrdinary(file: Uint8Array): boolean {
  try {
    return inspectImage(file, "poster").ordinary === true;
  } catch {
    return false;
  }
}

test("an image that took much memory does not keep it", async () => {
  const large = await sharp({
    create: { width: 4000, height: 3000, channels: 3, background: "#842" },
  })
    .jpeg({ progressive: true })
    .toBuffer();
  const first = jpegDecoder().decode(large, 4000, 3000)!;
  assert.ok(first.buffer.byteLength > 32_000_000);
  const small = await draw(64, 96, {});
  assert.ok(jpegDecoder().decode(small, 64, 96)!.buffer.byteLength < 4_000_000);
});

test("decoder.wasm was built from the sources beside it", async () => {
  const folder = new URL("../../../predictor/image/libjpeg/", import.meta.url);
  const read = (name: string) => readFile(new URL(name, folder));
  const built = JSON.parse((await read("built.json")).toString()) as {
    readonly sources: Readonly<Record<string, string>>;
    readonly "decoder.wasm": string;
  };
  const hashes = { ...built.sources, "decoder.wasm": built["decoder.wasm"] };
  for (const [name, hash] of Object.entries(hashes)) {
    assert.equal(sha256(await read(name)), hash, `${name}: run tools/jpegDecoder.ts`);
  }
});
