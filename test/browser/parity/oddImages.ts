/** Image files on which decoders are known to disagree, or which they forgive differently. */

import sharp, { type Sharp } from "sharp";

export interface OddImage {
  readonly name: string;
  readonly file: Buffer;
  /** The message after the field's name, where both sides must refuse the file. */
  readonly refused?: string;
}

const WIDTH = 61;
const HEIGHT = 90;

/** Smooth colours with sharp edges, uint8 RGBA; transparent from right to left. */
const pixels = Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) => {
  const [x, y] = [(i >> 2) % WIDTH, Math.floor((i >> 2) / WIDTH)];
  const bar = x % 16 < 2 || y % 23 < 3 ? 190 : 0;
  return [(x * 4 + bar) & 255, (y * 2 + bar) & 255, (x + y) & 255, Math.round((x * 255) / 60)][
    i & 3
  ]!;
});
const clear = () => sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } });
const opaque = () =>
  sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } }).removeAlpha();
const grey = () => opaque().toColourspace("b-w");

/** Decoded to the same bytes. */
const IMAGES: Readonly<Record<string, () => Sharp>> = {
  "JPEG without chroma subsampling": () => opaque().jpeg({ chromaSubsampling: "4:4:4" }),
  "progressive JPEG": () => opaque().jpeg({ progressive: true }),
  "greyscale JPEG": () => grey().jpeg(),
  "CMYK JPEG": () => opaque().toColourspace("cmyk").jpeg(),
  "CMYK JPEG with a profile": () => opaque().toColourspace("cmyk").withIccProfile("cmyk").jpeg(),
  "JPEG with the profile of Display P3": () => opaque().withIccProfile("p3").jpeg(),
  "PNG with the profile of Display P3": () => opaque().withIccProfile("p3").png(),
  "interlaced PNG": () => opaque().png({ progressive: true }),
  "palette PNG": () => opaque().png({ palette: true }),
  "greyscale PNG": () => grey().png(),
  "PNG of 16 bits": () => opaque().toColourspace("rgb16").png(),
  "greyscale PNG of 16 bits": () => opaque().toColourspace("grey16").png(),
  "PNG with alpha": () => clear().png(),
  "PNG of 16 bits with alpha": () => clear().toColourspace("rgb16").png(),
  "greyscale PNG with alpha": () => clear().toColourspace("b-w").png(),
  "palette PNG with alpha": () => clear().png({ palette: true }),
  WebP: () => opaque().webp(),
  "lossless WebP": () => opaque().webp({ lossless: true }),
  "WebP with alpha": () => clear().webp(),
  "lossless WebP with alpha": () => clear().webp({ lossless: true }),
  AVIF: () => opaque().avif(),
  "AVIF without chroma subsampling": () => opaque().avif({ chromaSubsampling: "4:4:4" }),
  "lossless AVIF": () => opaque().avif({ lossless: true }),
  "AVIF with alpha": () => clear().avif(),
  GIF: () => opaque().gif(),
  "GIF with transparency": () => clear().gif(),
};

const PREFIX = "cannot be decoded as an image";
const CUT = `${PREFIX} (it is cut off)`;
const DAMAGED = `${PREFIX} (it is damaged)`;
const UNKNOWN = `${PREFIX} (it is not a JPEG, PNG, WebP, AVIF or GIF)`;

export async function oddImages(): Promise<OddImage[]> {
  const images: OddImage[] = [];
  for (const [name, make] of Object.entries(IMAGES)) {
    images.push({ name, file: await make().toBuffer() });
  }
  for (const format of ["jpeg", "png", "webp", "avif"] as const) {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const file = await opaque().withMetadata({ orientation })[format]().toBuffer();
      images.push({ name: `${format.toUpperCase()} of orientation ${orientation}`, file });
    }
  }
  images.push(...(await animations()), ...(await broken()));
  return images;
}

async function animations(): Promise<OddImage[]> {
  const frames = [await clear().png().toBuffer(), await clear().negate().png().toBuffer()];
  const animated = () => sharp(frames, { join: { animated: true } });
  const apng = await opaque().png().toBuffer();
  const control = chunk("acTL", Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]));
  return [
    { name: "animated GIF", file: await animated().gif().toBuffer() },
    { name: "animated WebP", file: await animated().webp().toBuffer() },
    {
      name: "animated PNG with an image of its own",
      file: Buffer.concat([apng.subarray(0, 33), control, apng.subarray(33)]),
      refused: `${PREFIX} (it is an animated PNG whose first frame is not its image)`,
    },
  ];
}

type WholeFiles = Readonly<
  Record<"JPEG" | "progressive JPEG" | "PNG" | "WebP" | "AVIF" | "GIF", Buffer>
>;

async function broken(): Promise<OddImage[]> {
  const whole: WholeFiles = {
    JPEG: await opaque().jpeg().toBuffer(),
    "progressive JPEG": await opaque().jpeg({ progressive: true }).toBuffer(),
    PNG: await opaque().png().toBuffer(),
    WebP: await opaque().webp().toBuffer(),
    AVIF: await opaque().avif().toBuffer(),
    GIF: await opaque().gif().toBuffer(),
  };
  return [
    ...cutOrExtended(whole),
    ...damaged(whole),
    ...(await tooLarge(whole)),
    ...(await notImages()),
  ];
}

function cutOrExtended(whole: WholeFiles): OddImage[] {
  return [
    ...Object.entries(whole).flatMap(([name, file]) => [
      ...[0.5, 0.9].map((share) => ({
        name: `${name} cut at ${100 * share} %`,
        file: file.subarray(0, Math.floor(file.length * share)),
        refused: CUT,
      })),
      { name: `${name} with bytes behind it`, file: Buffer.concat([file, Buffer.alloc(9)]) },
    ]),
    { name: "JPEG without its last byte", file: whole.JPEG.subarray(0, -1), refused: CUT },
  ];
}

/** A copy with other bytes from `offset` on. */
function replaceBytes(file: Buffer, offset: number, ...bytes: number[]): Buffer {
  const changed = Buffer.from(file);
  changed.set(bytes, offset);
  return changed;
}

function damaged({ JPEG, PNG, AVIF, GIF }: WholeFiles): OddImage[] {
  const frame = JPEG.indexOf(Buffer.from([0xff, 0xc0]));
  return [
    {
      name: "arithmetic-coded JPEG",
      file: replaceBytes(JPEG, frame + 1, 0xc9),
      refused: `${PREFIX} (it is a JPEG of a kind that browsers do not decode)`,
    },
    { name: "JPEG without a frame", file: Buffer.from("ffd8ffd9", "hex"), refused: DAMAGED },
    {
      name: "PNG with damaged data",
      file: replaceBytes(PNG, PNG.length - 20, 1, 2),
      refused: DAMAGED,
    },
    {
      name: "AVIF with damaged data",
      file: replaceBytes(AVIF, AVIF.length - 40, 9, 9, 9, 9),
      refused: DAMAGED,
    },
    ...[-1, 1].map((more) => ({
      name: `GIF with a frame ${more > 0 ? "smaller" : "larger"} than the image`,
      file: replaceBytes(GIF, 6, WIDTH + more),
      refused: `${PREFIX} (its first frame does not fill the image)`,
    })),
    {
      name: "GIF with damaged data",
      file: replaceBytes(GIF, GIF.length - 300, 0x55),
      refused: DAMAGED,
    },
  ];
}

async function tooLarge({ PNG }: WholeFiles): Promise<OddImage[]> {
  return [
    {
      name: "PNG of 30,000 x 30,000 pixels",
      file: Buffer.concat([
        PNG.subarray(0, 8),
        chunk("IHDR", Buffer.from("0000753000007530080200000", "hex")),
        PNG.subarray(33),
      ]),
      refused: `${PREFIX} (it has 30000 x 30000 pixels; at most 50000000 are accepted)`,
    },
    {
      name: "greyscale PNG 20,000 pixels wide",
      file: await sharp({ create: { width: 20_000, height: 2, channels: 3, background: "#000" } })
        .png()
        .toBuffer(),
      refused: `${PREFIX} (it has 20000 x 2 pixels; at most 16384 are accepted in either direction)`,
    },
  ];
}

async function notImages(): Promise<OddImage[]> {
  return [
    { name: "an empty file", file: Buffer.alloc(0), refused: "is an empty file" },
    { name: "a page", file: Buffer.from("<!doctype html><p>404"), refused: UNKNOWN },
    {
      name: "a TIFF",
      file: await opaque().tiff().toBuffer(),
      refused: `${PREFIX} (it is a TIFF or a raw photo; export it as JPEG or PNG)`,
    },
    {
      name: "vector graphics",
      file: Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"),
      refused: `${PREFIX} (it is a drawing (SVG); export it as PNG)`,
    },
  ];
}

/** A PNG chunk with its checksum. */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  out.writeUInt32BE(~crc >>> 0, body.length + 4);
  return out;
}
