/** Baseline JPEGs with any sampling factors and coefficients, which encoders do not write. */

import type { Random } from "../../../pipeline/common/random.ts";

export interface JpegForm {
  readonly width: number;
  readonly height: number;
  /** Horizontal and vertical factor of each component. */
  readonly sampling: readonly (readonly [number, number])[];
  /** MCUs between restart markers. */
  readonly restart?: number;
  /** Quantizer of every coefficient, 1 to 255. */
  readonly quantizer: number;
  /** Largest size of an AC coefficient in bits, 1 to 10. */
  readonly bits: number;
  /** Transform of Adobe's marker: 0 is RGB, 1 YCbCr. */
  readonly transform?: 0 | 1;
}

const AC_SYMBOLS = [0x00, 0xf0];
for (let run = 0; run < 16; run++)
  for (let size = 1; size <= 10; size++) AC_SYMBOLS.push((run << 4) | size);

/** Random coefficients of `form`: all are there in some blocks, and only the first in others. */
export function writeJpeg(form: JpegForm, random: Random): Uint8Array {
  const { width, height, sampling, restart = 0, transform } = form;
  const out: number[] = [0xff, 0xd8];
  const segment = (marker: number, ...bytes: number[]) =>
    out.push(0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 255, ...bytes);
  if (transform !== undefined) {
    segment(0xee, ...Buffer.from("Adobe"), 0, 100, 0, 0, 0, 0, transform);
  }
  segment(0xdb, 0, ...Array<number>(64).fill(form.quantizer));
  const side = (pixels: number) => [pixels >> 8, pixels & 255];
  const components = sampling.flatMap(([h, v], i) => [i + 1, (h << 4) | v, 0]);
  segment(0xc0, 8, ...side(height), ...side(width), sampling.length, ...components);
  // All codes have the same length: four bits for the sizes of DC, eight for AC.
  const lengths = (at: number, count: number) =>
    Array.from({ length: 16 }, (_, i) => (i === at - 1 ? count : 0));
  segment(0xc4, 0x00, ...lengths(4, 12), ...Array.from({ length: 12 }, (_, i) => i));
  segment(0xc4, 0x10, ...lengths(8, AC_SYMBOLS.length), ...AC_SYMBOLS);
  if (restart > 0) segment(0xdd, ...side(restart));
  segment(0xda, sampling.length, ...sampling.flatMap((_, i) => [i + 1, 0]), 0, 63, 0);

  const bits = new BitWriter(out);
  const most = (axis: 0 | 1) => Math.max(...sampling.map((factors) => factors[axis]));
  // The blocks of a single component are not interleaved.
  const blocks = sampling.length === 1 ? [1] : sampling.map(([h, v]) => h * v);
  const [h, v] = sampling.length === 1 ? [1, 1] : [most(0), most(1)];
  const units = Math.ceil(width / (8 * h)) * Math.ceil(height / (8 * v));
  for (let unit = 0; unit < units; unit++) {
    if (restart > 0 && unit > 0 && unit % restart === 0) {
      bits.flush();
      out.push(0xff, 0xd0 + ((unit / restart - 1) & 7));
    }
    for (const count of blocks) {
      for (let block = 0; block < count; block++) writeBlock(bits, form, random);
    }
  }
  bits.flush();
  out.push(0xff, 0xd9);
  return Uint8Array.from(out);
}

function writeBlock(bits: BitWriter, form: JpegForm, random: Random): void {
  const dc = random.int(Math.min(8, form.bits + 3));
  bits.write(dc, 4);
  bits.write(random.int(2 ** dc), dc);
  const isFlat = random.int(4) === 0;
  for (let k = 1; k < 64; ) {
    if (isFlat || random.int(6) === 0) {
      bits.write(0, 8);
      break;
    }
    const run = Math.min(random.int(12), 63 - k);
    const size = 1 + random.int(form.bits);
    bits.write(AC_SYMBOLS.indexOf((run << 4) | size), 8);
    bits.write(random.int(2 ** size), size);
    k += run + 1;
  }
}

class BitWriter {
  readonly #out: number[];
  #byte = 0;
  #free = 8;

  constructor(out: number[]) {
    this.#out = out;
  }

  write(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) {
      this.#byte |= ((value >> i) & 1) << --this.#free;
      if (this.#free === 0) this.#next();
    }
  }

  /** Fills the last byte with ones. */
  flush(): void {
    if (this.#free < 8) this.write((1 << this.#free) - 1, this.#free);
  }

  #next(): void {
    this.#out.push(this.#byte);
    if (this.#byte === 255) this.#out.push(0);
    this.#byte = 0;
    this.#free = 8;
  }
}
