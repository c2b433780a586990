/** Decoded pixels of any size -> the fixed-size poster that the graph reads; the same code in Node and in browsers. */

import { InputError } from "../errors.ts";

/** An image as decoders give it: 8-bit RGB or RGBA, row by row from the top left, no padding. */
export interface DecodedImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** 3 = RGB, 4 = RGBA (alpha is ignored). */
  readonly channels: 3 | 4;
}

export interface PosterSpec {
  /** Pixels of the graph's `poster` input. */
  readonly height: number;
  readonly width: number;
}

/** The part of an image that the model sees, in pixels of the image; fractions are meant. */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The largest centred part of the image that has the poster's aspect ratio. */
export function posterCrop(image: { width: number; height: number }, spec: PosterSpec): Crop {
  const aspect = spec.width / spec.height;
  const width = Math.min(image.width, image.height * aspect);
  const height = Math.min(image.height, image.width / aspect);
  return { left: (image.width - width) / 2, top: (image.height - height) / 2, width, height };
}

/**
 * Crops to the poster's aspect ratio and scales by an area (box) filter: each output pixel is the mean of the input area that
 * it covers. All weights and sums are whole numbers below 2^53, so the result is exact, in whatever order an engine adds,
 * where native resizers differ by up to 220 of 255 between runtimes.
 *
 * @returns uint8 [height, width, 3], values 0..255, halves rounded up.
 * @throws InputError if the pixel buffer does not fit the image's size.
 */
export function resizePoster(image: DecodedImage, spec: PosterSpec): Uint8Array {
  const { data, width, height, channels } = image;
  if (width < 1 || height < 1 || data.length !== width * height * channels) {
    throw new InputError(
      "poster",
      `${data.length} bytes do not make an image of ${width} x ${height} with ${channels} channels`,
    );
  }
  // Of the right size already: the filter would weigh each pixel with 1.
  if (width === spec.width && height === spec.height && channels === 3) return new Uint8Array(data);
  // The parts in which sides of input and output pixels are counted, and the crop's margins too: small enough for all of them.
  const tall = width * spec.height <= height * spec.width;
  const inputSide = 2 * (tall ? spec.width : spec.height);
  const outputSide = 2 * (tall ? width : height);
  const columns = coverage(width, inputSide, spec.width, outputSide);
  const rows = coverage(height, inputSide, spec.height, outputSide);

  const start = columns.first[0]! * channels;
  const sums = new Float64Array(columns.inputs * channels);
  const out = new Uint8Array(spec.height * spec.width * 3);
  for (let y = 0; y < spec.height; y++) {
    const at = rows.first[y]! * width * channels + start;
    sumRows(sums, data, at, width * channels, rows, y, inputSide);
    meanColumns(out, y * spec.width * 3, sums, start, channels, columns, outputSide ** 2);
  }
  return out;
}

/** Which input pixels each output pixel of one axis covers. */
interface Coverage {
  /** [outputs] The first. */
  readonly first: Int32Array;
  /** [outputs + 1] Where its weights begin; the next one's beginning is their end. */
  readonly begin: Int32Array;
  /** Parts of each input pixel, one output after the other. */
  readonly weights: Float64Array;
  /** Input pixels from the first that is covered to the last. */
  readonly inputs: number;
}

/** Of a centred crop; sides in parts. */
function coverage(
  inputs: number,
  inputSide: number,
  outputs: number,
  outputSide: number,
): Coverage {
  const first = new Int32Array(outputs);
  const begin = new Int32Array(outputs + 1);
  const weights: number[] = [];
  const margin = (inputs * inputSide - outputs * outputSide) / 2;
  for (let i = 0; i < outputs; i++) {
    const from = margin + i * outputSide;
    const to = from + outputSide;
    first[i] = Math.floor(from / inputSide);
    begin[i] = weights.length;
    for (let side = first[i]! * inputSide; side < to; side += inputSide) {
      weights.push(Math.min(side + inputSide, to) - Math.max(side, from));
    }
  }
  begin[outputs] = weights.length;
  const last = first[outputs - 1]! + begin[outputs]! - begin[outputs - 1]! - 1;
  return { first, begin, weights: Float64Array.from(weights), inputs: last - first[0]! + 1 };
}

/**
 * Sums the rows that output row `y` covers, by weight; those inside it have all of `inputSide`. Where there are few, which is
 * usual, in one pass: this is what the time goes to.
 *
 * @param at Index of the first row's first value; the next row's lies `stride` behind.
 */
function sumRows(
  sums: Float64Array,
  data: DecodedImage["data"],
  at: number,
  stride: number,
  { begin, weights }: Coverage,
  y: number,
  inputSide: number,
): void {
  const count = begin[y + 1]! - begin[y]!;
  const top = weights[begin[y]!]!;
  const bottom = weights[begin[y + 1]! - 1]!;
  const second = at + stride;
  const third = second + stride;
  const last = at + (count - 1) * stride;
  const n = sums.length;
  if (count === 1) {
    for (let i = 0; i < n; i++) sums[i] = top * data[at + i]!;
  } else if (count === 2) {
    for (let i = 0; i < n; i++) sums[i] = top * data[at + i]! + bottom * data[last + i]!;
  } else if (count === 3) {
    for (let i = 0; i < n; i++) {
      sums[i] = top * data[at + i]! + inputSide * data[second + i]! + bottom * data[last + i]!;
    }
  } else {
    for (let i = 0; i < n; i++) {
      const inner = data[second + i]! + data[third + i]!;
      sums[i] = top * data[at + i]! + inputSide * inner + bottom * data[last + i]!;
    }
    for (let row = third + stride; row < last; row += stride) {
      for (let i = 0; i < n; i++) sums[i]! += inputSide * data[row + i]!;
    }
  }
}

/** Writes one output row: the sums' means over the columns that each pixel covers. */
function meanColumns(
  out: Uint8Array,
  to: number,
  sums: Float64Array,
  start: number,
  channels: number,
  { first, begin, weights }: Coverage,
  area: number,
): void {
  for (let x = 0; x < first.length; x++, to += 3) {
    let at = first[x]! * channels - start;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let k = begin[x]!; k < begin[x + 1]!; k++, at += channels) {
      const weight = weights[k]!;
      red += weight * sums[at]!;
      green += weight * sums[at + 1]!;
      blue += weight * sums[at + 2]!;
    }
    // What is stored loses its fraction: halves are rounded up, at half of Math.round's time for the whole poster.
    out[to] = red / area + 0.5;
    out[to + 1] = green / area + 0.5;
    out[to + 2] = blue / area + 0.5;
  }
}
