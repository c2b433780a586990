/** Random draws used by all parts of the sample. */

import type { Random } from "../../common/random.ts";

/** One element, each equally likely; the list must not be empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.int(list.length)]!;
}

/** An index drawn in proportion to the weights, which must not be negative or all zero. */
export function pickWeighted(random: Random, weights: readonly number[]): number {
  let at = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => {
    at -= weight;
    return at < 0;
  });
  return index === -1 ? weights.length - 1 : index; // -1 only through rounding
}

/** A number in [from, to), rounded to one decimal so that the SVG text is the same on every platform. */
export function between(random: Random, from: number, to: number): number {
  return Math.round((from + (to - from) * random.next()) * 10) / 10;
}
