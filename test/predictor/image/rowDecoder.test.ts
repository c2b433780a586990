/** libjpeg-turbo in WebAssembly gives the bytes of sharp's native build. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import sharp, { type JpegOptions } from "sharp";
import { nodeCodecs } from "../../../node/codecs.ts";
import { sha256 } from "../../../node/files.ts";
import { decodePoster } from "../../../node/poster.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { DecodeError, LIBRARIES } from "../../../predictor/image/rowDecoder.ts";
import { bySharp, same } from "./bySharp.ts";
import { writeJpeg } from "./writeJpeg.ts";

/** All rows of a JPEG, or why there are none. */
async function decode(file: Uint8Array, width: number, height: number) {
  try {
    const rows = (await nodeCodecs().open("jpeg")).open(file, width, height);
    const parts: Buffer[] = [];
    for (let some = rows.next(); some.length > 0; some = rows.next()) parts.push(Buffer.from(some));
    return { width, height, channels: 3, data: Buffer.concat(parts) } as const;
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
}

async function assertSame(file: Uint8Array, width: number, height: number, where?: string) {
  const actual = await decode(file, width, height);
  assert.ok(typeof actual === "object", where);
  assert.ok(same(actual, await bySharp(file)), where);
}

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
      await assertSame(within, width, height, `${width} x ${height}`);
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
        await assertSame(file, size.width, size.height, JSON.stringify({ ...size, ...form }));
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
  await assertSame(file, 31, 18);
});

test("a progressive JPEG without some of its scans is decoded nearly as sharp does, which fills gaps in another way", async () => {
  const file = await draw(40, 33, { progressive: true });
  // A scan's coefficients follow its marker, with a zero behind every 0xff.
  const markers = [...file.keys()].filter((i) => file[i] === 0xff && (file[i + 1] ?? 0) > 0);
  const scans = markers.flatMap((at, i) => (file[at + 1] === 0xda ? [[at, markers[i + 1]!]] : []));
  assert.ok(scans.length > 5);
  for (const [i, [start, end]] of scans.slice(1).entries()) {
    const incomplete = Buffer.concat([file.subarray(0, start), file.subarray(end)]);
    const actual = await decode(incomplete, 40, 33);
    assert.ok(typeof actual === "object");
    const expected = (await bySharp(incomplete)).data;
    const sum = actual.data.reduce((all, value, at) => all + Math.abs(value - expected[at]!), 0);
    assert.ok(sum / expected.length < 5, `scan ${i + 1}: ${sum / expected.length} apart`);
  }
});

test("four inks become RGB by multiplication, with Adobe's marker or without it", async () => {
  const inverted = await sharp(await draw(31, 18, {}))
    .toColourspace("cmyk")
    .jpeg()
    .toBuffer();
  const marker = inverted.indexOf("Adobe") - 4;
  const length = 2 + inverted.readUInt16BE(marker + 2);
  const plain = Buffer.concat([inverted.subarray(0, marker), inverted.subarray(marker + length)]);
  for (const file of [inverted, plain]) {
    const inks = await sharp(file, { ignoreIcc: true })
      .pipelineColourspace("cmyk")
      .toColourspace("cmyk")
      .raw()
      .toBuffer();
    const data = Buffer.alloc(31 * 18 * 3);
    for (let i = 0; i < data.length; i++) {
      const [ink, black] = [
        inks[Math.floor(i / 3) * 4 + (i % 3)]!,
        inks[Math.floor(i / 3) * 4 + 3]!,
      ];
      data[i] = Math.floor(((255 - ink) * (255 - black)) / 255);
    }
    const actual = await decode(file, 31, 18);
    assert.ok(typeof actual === "object");
    assert.deepEqual(actual.data, data);
  }
});

test("files that are damaged, cut, or of another size are refused", async () => {
  const file = await draw(64, 96, {});
  const tables = file.indexOf(Buffer.from([0xff, 0xc4]));
  const damaged = Buffer.from(file).fill(0xff, tables + 5, tables + 12);
  const refused = [
    [damaged, 64, 96],
    [file, 64, 95],
    [file.subarray(0, 100), 64, 96],
    [file.subarray(0, file.length - 60), 64, 96],
    [new Uint8Array(0), 64, 96],
    [new Uint8Array(1000).fill(0xff), 64, 96],
  ] as const;
  for (const [bytes, width, height] of refused) {
    assert.equal(await decode(bytes, width, height), "damaged");
    // What failed before is not seen by the next image.
    await assertSame(file, 64, 96);
  }
});

test("damaged files are decoded or refused as sharp does", async () => {
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
    // Inspection comes first, and refuses what the decoders treat differently.
    const actual = await decodePoster(file).catch(() => undefined);
    if (!actual) continue;
    decoded++;
    const expected = await bySharp(file).catch((error: Error) => error.message);
    // A marker of arithmetic coding, which our build does not have and skips.
    if (typeof expected === "string") assert.match(expected, /DAC/);
    else assert.ok(same(actual, expected), `file ${i}`);
  }
  assert.ok(decoded > 300 && decoded < 590, `${decoded} decoded`);
});

test("images that are decoded at the same time do not disturb each other", async () => {
  const [one, other] = [await draw(64, 96, {}), await draw(40, 33, {})];
  const decoder = await nodeCodecs().open("jpeg");
  const rows = decoder.open(one, 64, 96);
  const first = Buffer.from(rows.next());
  await assertSame(other, 40, 33);
  const parts = [first];
  for (let some = rows.next(); some.length > 0; some = rows.next()) parts.push(Buffer.from(some));
  assert.deepEqual(Buffer.concat(parts), (await bySharp(one)).data);
});

test("an image that took much memory does not keep it", async () => {
  const large = await sharp({
    create: { width: 4000, height: 3000, channels: 3, background: "#842" },
  })
    .jpeg({ progressive: true })
    .toBuffer();
  const decoder = await nodeCodecs().open("jpeg");
  const readAll = (file: Uint8Array, width: number, height: number) => {
    const rows = decoder.open(file, width, height);
    const { buffer } = rows.next();
    while (rows.next().length > 0);
    return buffer.byteLength;
  };
  assert.ok(readAll(large, 4000, 3000) > 32_000_000);
  const small = await draw(64, 96, {});
  assert.ok(readAll(small, 64, 96) < 4_000_000);
});

for (const { folder, library } of Object.values(LIBRARIES)) {
  test(`${folder}/decoder.wasm was built from the sources beside it`, async () => {
    const home = new URL(`../../../predictor/image/${folder}/`, import.meta.url);
    const read = (name: string) => readFile(new URL(name, home));
    const built = JSON.parse((await read("built.json")).toString()) as {
      readonly library: string;
      readonly hashes: Readonly<Record<string, string>>;
    };
    assert.equal(built.library, library);
    const sources = (await readdir(home)).filter((name) => /\.(c|h|wasm)$/.test(name));
    assert.deepEqual(
      sources.filter((name) => !(name in built.hashes)),
      [],
    );
    for (const [name, hash] of Object.entries(built.hashes)) {
      assert.equal(sha256(await read(name)), hash, `${name}: run tools/imageDecoders.ts`);
    }
  });
}
