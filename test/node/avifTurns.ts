/**
 * AVIF files with every combination of rotation and mirroring. Their boxes are written here, independently of any
 * encoder's interpretation.
 *
 * ISO/IEC 23008-12:2022: `irot` rotates anticlockwise by multiples of 90 degrees (6.5.10); then `imir` exchanges top and
 * bottom (0) or left and right (1) (6.5.12). The edition of 2017 called 0 a vertical and 1 a horizontal axis, which
 * programs read in both ways.
 */

import sharp from "sharp";

export interface TurnedAvif {
  readonly name: string;
  readonly file: Buffer;
  readonly width: number;
  readonly height: number;
  /** Initials of the quarters' colours (red, green, blue, white) in the decoded image, row by row. */
  readonly quarters: string;
}

/** Size of the stored image: red and green above, blue and white below. */
const [WIDTH, HEIGHT] = [48, 32];
const COLOURS = { R: [255, 0, 0], G: [0, 255, 0], B: [0, 0, 255], W: [255, 255, 255] } as const;
type Colour = keyof typeof COLOURS;

/** Expected quarters for `irot` 0 to 3 (rows), without `imir` and with `imir` 0 or 1; derived by hand. */
const SEEN: readonly (readonly [none: string, topBottom: string, leftRight: string])[] = [
  ["RGBW", "BWRG", "GRWB"],
  ["GWRB", "RBGW", "WGBR"],
  ["WBGR", "GRWB", "BWRG"],
  ["BRWG", "WGBR", "RBGW"],
];

export async function turnedAvifs(): Promise<TurnedAvif[]> {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const colour = "RGBW"[2 * Number(y >= HEIGHT / 2) + Number(x >= WIDTH / 2)] as Colour;
      pixels.set(COLOURS[colour], (y * WIDTH + x) * 3);
    }
  }
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
  const stored = await sharp(pixels, { raw }).avif({ quality: 90 }).toBuffer();
  return SEEN.flatMap((seen, irot) =>
    seen.map((quarters, i): TurnedAvif => {
      const imir = [undefined, 0, 1][i];
      return {
        name: `AVIF with irot ${irot}${imir === undefined ? "" : ` and imir ${imir}`}`,
        file: withProperties(stored, [
          ...(irot === 0 ? [] : [box("irot", irot)]),
          ...(imir === undefined ? [] : [box("imir", imir)]),
        ]),
        width: irot % 2 === 0 ? WIDTH : HEIGHT,
        height: irot % 2 === 0 ? HEIGHT : WIDTH,
        quarters,
      };
    }),
  );
}

/** The colours at the centres of an image's quarters, as in `TurnedAvif`. */
export function quartersOf(
  { width, height, data }: { width: number; height: number; data: ArrayLike<number> },
  channels: 3 | 4 = 3,
): string {
  const at = (column: number, row: number) => {
    const pixel = Math.floor((row * height) / 4) * width + Math.floor((column * width) / 4);
    const near = Object.entries(COLOURS).find(([, rgb]) =>
      rgb.every((value, c) => Math.abs(value - data[pixel * channels + c]!) < 40),
    );
    return near?.[0] ?? "?";
  };
  return at(1, 1) + at(3, 1) + at(1, 3) + at(3, 3);
}

function box(type: string, value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt32BE(bytes.length);
  bytes.write(type, 4);
  bytes[8] = value;
  return bytes;
}

/** Adds properties to the file's only image: the boxes to `ipco`, and their numbers to `ipma`. */
function withProperties(file: Buffer, added: readonly Buffer[]): Buffer {
  if (added.length === 0) return file;
  const meta = find(file, 0, file.length, "meta");
  // meta is a full box: version and flags precede its content.
  const iprp = find(file, meta.start + 12, meta.end, "iprp");
  const ipco = find(file, iprp.start + 8, iprp.end, "ipco");
  const ipma = find(file, iprp.start + 8, iprp.end, "ipma");
  const iloc = find(file, meta.start + 12, meta.end, "iloc");
  if (file.readUInt32BE(ipma.start + 8) !== 0 || file.readUInt32BE(ipma.start + 12) !== 1) {
    throw new Error("expected an ipma box of version 0, small numbers and one image");
  }
  let known = 0;
  for (let at = ipco.start + 8; at < ipco.end; at += file.readUInt32BE(at)) known++;
  // 0x80 marks a property as essential: readers that do not know it must not show the image.
  const numbers = Buffer.from(added.map((_, i) => 0x80 | (known + 1 + i)));
  const grown = Buffer.concat(added).length;
  const result = Buffer.concat([
    file.subarray(0, ipco.end),
    ...added,
    file.subarray(ipco.end, ipma.end),
    numbers,
    file.subarray(ipma.end),
  ]);
  const grow = (at: number, by: number) => result.writeUInt32BE(result.readUInt32BE(at) + by, at);
  grow(ipco.start, grown);
  result[ipma.start + grown + 18]! += numbers.length;
  grow(ipma.start + grown, numbers.length);
  for (const { start } of [iprp, meta]) grow(start, grown + numbers.length);
  // The image's data follows all boxes, at an offset from the file's beginning.
  if (
    file.readUInt32BE(iloc.start + 8) !== 0 ||
    file.readUInt32BE(iloc.start + 12) !== 0x44400001
  ) {
    throw new Error("expected an iloc box of version 0 with a base of 4 bytes, of one image");
  }
  // The offset follows the item's id and the data reference index, 2 bytes each.
  grow(iloc.start + 20, grown + numbers.length);
  return result;
}

function find(file: Buffer, from: number, to: number, type: string) {
  for (let start = from; start < to; start += file.readUInt32BE(start)) {
    if (file.toString("latin1", start + 4, start + 8) === type) {
      return { start, end: start + file.readUInt32BE(start) };
    }
  }
  throw new Error(`no ${type} box`);
}
