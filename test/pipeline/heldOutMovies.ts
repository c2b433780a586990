/** Random movies with logits of towers, for tests of gates, thresholds and fusions. */

import { createRandom } from "../../pipeline/common/random.ts";
import type { HeldOutSet } from "../../pipeline/train/trainTowers.ts";

/** Logits of the shares of four labels [4]. */
export const PRIOR = Float32Array.of(-0.5, 0.25, -1, 0);

export interface HeldOutMovie {
  /** Whether it has title, poster, ratings. */
  readonly has: readonly boolean[];
  /** Logits by input [3][4]; zeros for missing inputs. */
  readonly logits: readonly (readonly number[])[];
  /** Two measures of its number of ratings. */
  readonly amounts: readonly number[];
  readonly target: readonly number[];
  readonly ratings: number;
}

/** Draws movies whose towers differ in accuracy; that of ratings grows with their number. */
export function drawMovies(count: number, seed: string): HeldOutMovie[] {
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

export function heldOut(movies: readonly HeldOutMovie[]): HeldOutSet {
  return {
    groups: ["title", "poster", "ratings"],
    logits: [0, 1, 2].map((m) => Float32Array.from(movies.flatMap(({ logits }) => logits[m]!))),
    presence: Uint8Array.from(movies.flatMap(({ has }) => has.map(Number))),
    amounts: { of: [2, 2], values: Float32Array.from(movies.flatMap(({ amounts }) => amounts)) },
    targets: Uint8Array.from(movies.flatMap(({ target }) => target)),
    truth: Uint8Array.from(movies.flatMap(({ target }) => target)),
    weights: Float32Array.from(movies, ({ ratings }) => 1 / (1 + (ratings % 3))),
  };
}
