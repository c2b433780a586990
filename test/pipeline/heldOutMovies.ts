/** Movies with what towers say of them, drawn by seed: what gates, thresholds and fusions are learned from. */

import { createRandom } from "../../pipeline/common/random.ts";
import type { HeldOutSet } from "../../pipeline/train/trainTowers.ts";

/** Logits of the shares of four labels. */
export const PRIOR = Float32Array.of(-0.5, 0.25, -1, 0);

export interface JudgedMovie {
  /** Whether it has title, poster, ratings. */
  readonly has: readonly boolean[];
  /** Of each input; zeros where it has none. */
  readonly logits: readonly (readonly number[])[];
  /** How much there is of its ratings, on two scales. */
  readonly amounts: readonly number[];
  readonly target: readonly number[];
  readonly ratings: number;
}

/** Towers that are worth more and less, the ratings' the more the more ratings there are. */
export function drawMovies(count: number, seed: string): JudgedMovie[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const has = [0.9, 0.7, 0.8].map((share) => random.next() < share);
    const ratings = has[2] ? 1 + random.int(10) : 0;
    const target = Array.from(PRIOR, () => Number(random.next() < 0.4));
    const worth = [0.5, 0.8, ratings / 5];
    const logits = has.map((there, m) =>
      target.map((yes) => (there ? worth[m]! * (2 * yes - 1) + random.normal() : 0)),
    );
    return { has, ratings, target, logits, amounts: [ratings / 10, Number(ratings > 3)] };
  });
}

export function heldOut(movies: readonly JudgedMovie[]): HeldOutSet {
  return {
    logits: [0, 1, 2].map((m) => Float32Array.from(movies.flatMap(({ logits }) => logits[m]!))),
    presence: Uint8Array.from(movies.flatMap(({ has }) => has.map(Number))),
    amounts: { of: 2, values: Float32Array.from(movies.flatMap(({ amounts }) => amounts)) },
    targets: Uint8Array.from(movies.flatMap(({ target }) => target)),
  };
}
