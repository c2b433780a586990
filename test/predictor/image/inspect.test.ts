/** Headers of real files, and of files that are cut or damaged anywhere. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { InputError } from "../../../predictor/errors.ts";
import { inspectImage } from "../../../predictor/image/inspect.ts";

const WIDTH = 37;
const HEIGHT = 53;
const noise = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * i * 31) & 255);
const image = () => sharp(noise, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
const files = {
  jpeg: await image().jpeg().toBuffer(),
  png: await image().png().toBuffer(),
  webp: await image().webp().toBuffer(),
  gif: await image().gif().toBuffer(),
  avif: await image().avif().toBuffer(),
};
const variants: [keyof typeof files, Buffer][] = [
  ...(Object.entries(files) as [keyof typeof files, Buffer][]),
  ["jpeg", await image().jpeg({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer()],
  ["png", await image().png({ progressive: true, palette: true }).toBuffer()],
  ["webp", await image().webp({ lossless: true }).toBuffer()],
  ["webp", await image().ensureAlpha(0.5).webp().withMetadata({ orientation: 3 }).toBuffer()],
  ["gif", await image().gif({ progressive: true, colours: 4 }).toBuffer()],
  ["avif", await image().ensureAlpha(0.5).avif().toBuffer()],
];

test("format and size, as stored", () => {
  for (const [format, file] of variants) {
    const info = inspectImage(file, "poster");
    assert.deepEqual([info.format, info.width, info.height], [format, WIDTH, HEIGHT]);
  }
});

test("formats that are often met and not accepted are named, with what to do", async () => {
  const box = (brands: string) => Buffer.from(`\0\0\0\x18ftyp${brands}`, "latin1");
  const cases: [Uint8Array, RegExp][] = [
    [box("heic\0\0\0\0mif1heic"), /it is a HEIC photo; export it as JPEG from Preview/],
    [box("mif1\0\0\0\0heic"), /HEIC/],
    [await image().tiff().toBuffer(), /it is a TIFF or a raw photo; export it as JPEG or PNG/],
    [Buffer.from('<?xml version="1.0"?>\n<svg/>'), /it is a drawing \(SVG\); export it as PNG/],
    [Buffer.from("%PDF-1.7"), /PDF/],
    [Buffer.from("BM\x36\0\0\0\0\0\0\0\x36", "latin1"), /it is a BMP; save it as PNG/],
    [Buffer.from("\xff\x0a\x1f", "latin1"), /JPEG XL/],
    [Buffer.from("userId,movieId"), /it is not a JPEG, PNG, WebP, AVIF or GIF/],
  ];
  for (const [file, message] of cases) {
    assert.throws(() => inspectImage(file, "poster"), { name: "InputError", message });
  }
});

test("orientations are read, where decoders do not apply them", async () => {
  const turned = await image().withMetadata({ orientation: 6 }).avif().toBuffer();
  assert.deepEqual(inspectImage(turned, "poster").turn, { quarters: 3 });
  assert.deepEqual(inspectImage(files.avif, "poster").turn, { quarters: 0 });
  for (const format of ["jpeg", "png"] as const) {
    const of = async (orientation: number) =>
      inspectImage(await image().withMetadata({ orientation })[format]().toBuffer(), "poster").turn;
    assert.deepEqual(await of(6), { quarters: 3 });
    assert.deepEqual(await of(7), { quarters: 1, mirror: "sideways" });
    assert.equal(inspectImage(files[format], "poster").turn, undefined);
  }
});

test("damaged Exif data turn nothing", async () => {
  const file = await image().jpeg().withMetadata({ orientation: 6 }).toBuffer();
  const start = file.indexOf("Exif") + 6;
  const entry = file.indexOf(Buffer.from([0x12, 0x01, 0x03, 0x00]), start);
  const changes: [at: number, value: number][] = [
    [start, 0x41],
    [start + 6, 0xff],
    [entry, 0x13],
    [entry + 2, 0x04],
    [entry + 8, 9],
    [entry + 8, 0],
  ];
  for (const [at, value] of changes) {
    const damaged = Buffer.from(file);
    damaged[at] = value;
    assert.equal(inspectImage(damaged, "poster").turn, undefined, `${at - start}`);
  }
});

/** The parts of a JPEG, each from its marker on; a scan's coefficients belong to it. */
function segmentsOf(jpeg: Buffer): Buffer[] {
  const starts = [...jpeg.keys()].filter(
    (i) => jpeg[i] === 0xff && ![0x00, 0xff].includes(jpeg[i + 1]!) && i < jpeg.length - 1,
  );
  return starts.map((start, i) => jpeg.subarray(start, starts[i + 1] ?? jpeg.length));
}

test("a JPEG of very many scans is refused: each takes as long as the whole image", async () => {
  const segments = segmentsOf(await image().jpeg({ progressive: true }).toBuffer());
  const end = segments.pop()!;
  const scan = segments.findLast((segment) => segment[1] === 0xda)!;
  const many = (count: number) =>
    Buffer.concat([...segments, ...new Array<Buffer>(count).fill(scan), end]);
  assert.equal(inspectImage(many(50), "poster").width, WIDTH);
  assert.throws(() => inspectImage(many(100), "poster"), /it has more than 100 scans/);
});

test("an AVIF of very many boxes is refused, wherever they are: each is kept", () => {
  const avif = files.avif;
  const box = Buffer.from("\0\0\0\x08free", "latin1");
  const startOf = (name: string) => avif.indexOf(name, 0, "latin1") - 4;
  const withBoxes = (count: number, at: number, around: readonly number[] = []) => {
    const more = Buffer.concat(new Array<Buffer>(count).fill(box));
    const file = Buffer.concat([avif.subarray(0, at), more, avif.subarray(at)]);
    for (const start of around) file.writeUInt32BE(avif.readUInt32BE(start) + more.length, start);
    return file;
  };
  const meta = startOf("meta");
  const iprp = startOf("iprp");
  const ends = (start: number) => start + avif.readUInt32BE(start);
  const places: [at: number, around: number[]][] = [
    [meta, []],
    [ends(meta), [meta]],
    [ends(iprp), [iprp, meta]],
  ];
  for (const [at, around] of places) {
    assert.equal(inspectImage(withBoxes(900, at, around), "poster").width, WIDTH);
    assert.throws(
      () => inspectImage(withBoxes(1000, at, around), "poster"),
      /it has more than 1000 boxes at one level/,
    );
  }
});

test("a view into a larger buffer is read within its bounds", () => {
  const whole = Buffer.concat([Buffer.alloc(11, 7), files.png, Buffer.alloc(5, 7)]);
  const view = whole.subarray(11, 11 + files.png.length);
  assert.equal(inspectImage(view, "poster").width, WIDTH);
  assert.throws(() => inspectImage(view.subarray(0, -2), "poster"), /it is cut off/);
});

test("cut anywhere, it is refused", () => {
  for (const [format, file] of variants) {
    for (let length = 0; length < file.length; length += 1 + (length >> 4)) {
      // Some writers leave out a GIF's last byte.
      if (format === "gif" && length === file.length - 1) continue;
      assert.throws(
        () => inspectImage(file.subarray(0, length), "poster"),
        InputError,
        `${format} cut to ${length} of ${file.length} bytes`,
      );
    }
  }
});

test("damaged anywhere, it is read or refused, and nothing else", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...variants),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      ([, file], changes) => {
        const damaged = Buffer.from(file);
        for (const [at, value] of changes) damaged[at % Math.min(damaged.length, 400)] = value;
        try {
          const { width, height } = inspectImage(damaged, "poster");
          assert.ok(width > 0 && height > 0);
        } catch (error) {
          assert.ok(error instanceof InputError, String((error as Error).stack));
        }
      },
    ),
    { numRuns: 2000, seed: 1 },
  );
});
