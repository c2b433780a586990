/** Ways of drawing from a random stream that the whole sample uses. */

import type { Random } from "../../common/random.ts";

/** One of the list, each as likely; the list is not empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.int(list.length)]!;
}

/** An index drawn in proportion to the weights, which are not negative and not all zero. */
export function pickWeighted(random: Random, weights: readonly number[]): number {
  let at = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => {
    at -= weight;
    return at < 0;
  });
  return index === -1 ? weights.length - 1 : index; // rounding at the very end
}

/** A number in [from, to) with one decimal, so that the SVG's text is the same everywhere. */
export function between(random: Random, from: number, to: number): number {
  return Math.round((from + (to - from) * random.next()) * 10) / 10;
}
