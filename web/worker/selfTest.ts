/** A fixed batch of movies that a provider must answer as WASM does, and with which its speed is measured. */

import type { Predictor } from "../../predictor/predictor.ts";
import type { Movie } from "../../predictor/preprocess/features.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";

/**
 * Largest difference between probabilities. Half precision differed by 3.7e-3 at most in the published bundle; what a broken driver answers is far
 * beyond this.
 */
export const TOLERANCE = 1e-2;
const ROUNDS = 9;

/** From everything, and from each input alone. */
function movies({ width, height }: PosterSpec): Movie[] {
  // Stripes and a gradient: every channel and many frequencies.
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => (i * 7 + Math.floor(i / (width * 3)) * 31) % 256,
  );
  const title = "Lantern of Doom, The (1987)";
  const poster = { data, width, height, channels: 3 as const };
  const ratings = [
    { stars: 4, age: 25 },
    { stars: 2, age: 56 },
  ];
  return [{ title, poster, ratings }, { title }, { poster }, { ratings }];
}

/** @throws Error if a probability differs by more than `TOLERANCE` from the reference. */
export async function compare(
  predictor: Predictor,
  reference: Predictor,
  spec: PosterSpec,
): Promise<number> {
  const batch = movies(spec);
  const answers = await predictor.predict(batch);
  const expected = await reference.predict(batch);
  let most = 0;
  for (const [i, { scores }] of expected.entries()) {
    const actual = new Map(answers[i]!.scores.map((s) => [s.label, s.probability]));
    for (const { label, probability } of scores) {
      most = Math.max(most, Math.abs(actual.get(label)! - probability));
    }
  }
  if (!(most <= TOLERANCE)) {
    throw new Error(
      `its answers differ from WebAssembly's by ${most.toPrecision(2)} (allowed: ${TOLERANCE})`,
    );
  }
  return most;
}

/** @returns Median milliseconds of one movie, from everything to its answer. */
export async function measure(predictor: Predictor, spec: PosterSpec): Promise<number> {
  const [movie] = movies(spec);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await predictor.predict([movie!]);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
}
