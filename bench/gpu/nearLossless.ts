/**
 * Near-lossless codes for posters: each pixel is stored as its difference from a prediction by its neighbours, with an
 * error of at most 1 of 255 per channel. xz compresses the codes to 40 % of the pixels' size. Prediction and rounding are
 * those of JPEG-LS (Weinberger, Seroussi, Sapiro 2000, "The LOCO-I lossless image compression algorithm"), on green,
 * red - green and blue - green.
 */

import type { PosterSpec } from "../../predictor/preprocess/poster.ts";

/** Largest error of a channel, of 255. */
const NEAR = 1;
/** Quantization step: values within NEAR of each other share a code. */
const STEP = 2 * NEAR + 1;
/** Number of codes. Steps are stored modulo this, which exceeds the steps between any two values of a channel. */
const RANGE = 173;
/** Green first: red and blue are coded as differences from it. */
const CHANNELS = [1, 0, 2];

/**
 * @param posters uint8 [n, height, width, 3]
 * @returns As many codes: all posters' red, then green, then blue, [3, n, height, width].
 */
export function encodePosters(posters: Uint8Array, spec: PosterSpec): Uint8Array {
  const codes = new Uint8Array(posters.length);
  each(posters.length, spec, (at, place, predict, rebuilt) => {
    const { channel, i } = at;
    const pixel = posters[place.poster + i * 3 + channel]!;
    const value = channel === 1 ? pixel : pixel - rebuilt[i * 3 + 1]!;
    const error = value - predict;
    const steps = Math.sign(error) * Math.floor((Math.abs(error) + NEAR) / STEP);
    const short = steps - RANGE * Math.round(steps / RANGE);
    // Small differences of either sign have small codes.
    codes[place.code] = short >= 0 ? 2 * short : -2 * short - 1;
    return steps;
  });
  return codes;
}

/**
 * @param codes From `encodePosters`.
 * @returns uint8 [n, height, width, 3]
 */
export function decodePosters(codes: Uint8Array, spec: PosterSpec): Uint8Array {
  const posters = new Uint8Array(codes.length);
  each(codes.length, spec, ({ channel, i }, place, predict, rebuilt) => {
    const code = codes[place.code]!;
    const short = code % 2 === 0 ? code / 2 : -(code + 1) / 2;
    const base = channel === 1 ? 0 : rebuilt[i * 3 + 1]!;
    // Only one of the steps with this code gives a valid pixel.
    const steps = [short, short + RANGE, short - RANGE].find((n) => {
      const value = predict + n * STEP + base;
      return value >= -NEAR && value <= 255 + NEAR;
    })!;
    const value = predict + steps * STEP + base;
    posters[place.poster + i * 3 + channel] = Math.min(255, Math.max(0, value));
    return steps;
  });
  return posters;
}

/**
 * Visits all posters, pixels and channels in an order in which encoder and decoder know the same neighbours.
 *
 * @param visit Called with the prediction and the poster rebuilt so far; returns by how many steps the value differs.
 */
function each(
  size: number,
  { height, width }: PosterSpec,
  visit: (
    at: { channel: number; i: number },
    place: { poster: number; code: number },
    predict: number,
    rebuilt: Int16Array,
  ) => number,
): void {
  const pixels = height * width;
  const plane = size / 3;
  const rebuilt = new Int16Array(pixels * 3);
  for (let poster = 0; poster < size; poster += pixels * 3) {
    for (let i = 0; i < pixels; i++) {
      for (const channel of CHANNELS) {
        const known = (j: number) =>
          channel === 1 ? rebuilt[j * 3 + 1]! : rebuilt[j * 3 + channel]! - rebuilt[j * 3 + 1]!;
        const predict = predictFrom(known, i, width, channel === 1 ? 128 : 0);
        const place = { poster, code: channel * plane + poster / 3 + i };
        const value = predict + visit({ channel, i }, place, predict, rebuilt) * STEP;
        rebuilt[i * 3 + channel] = channel === 1 ? value : value + rebuilt[i * 3 + 1]!;
      }
    }
  }
}

/** JPEG-LS's median edge detector: predicts the left or upper neighbour, or the plane through them and the corner. */
function predictFrom(
  known: (i: number) => number,
  i: number,
  width: number,
  first: number,
): number {
  const inRow = i % width > 0;
  const inColumn = i >= width;
  const left = inRow ? known(i - 1) : inColumn ? known(i - width) : first;
  const above = inColumn ? known(i - width) : left;
  if (!inRow || !inColumn) return left;
  const corner = known(i - width - 1);
  if (corner >= Math.max(left, above)) return Math.min(left, above);
  if (corner <= Math.min(left, above)) return Math.max(left, above);
  return left + above - corner;
}
