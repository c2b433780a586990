/** A fixed batch of movies that a provider must answer as WebAssembly does, and with which its speed is measured. */

import type { Movie, MovieInputs } from "../../predictor/movie.ts";
import type { Predictor } from "../../predictor/predictor.ts";
import { PROVIDER_TOLERANCE } from "../../predictor/providerTolerance.ts";

/** Predictions of which the median is taken. */
const ROUNDS = 9;

/** What the movies depend on. */
export type TestSpec = Pick<MovieInputs, "poster" | "ratings">;

/** One movie with every input, then one for each input alone. */
function testMovies({ poster: { width, height }, ratings: { groups, stars } }: TestSpec): Movie[] {
  // Stripes and a gradient: every channel and many frequencies.
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => (i * 7 + Math.floor(i / (width * 3)) * 31) % 256,
  );
  const title = "Lantern of Doom, The (1987)";
  const poster = { data, width, height, channels: 3 as const };
  const ratings = [
    {
      stars: stars.max,
      gender: groups.genders[0],
      age: groups.ages[0],
      occupation: groups.occupations[0],
    },
    { stars: stars.min, age: groups.ages.at(-1) },
  ];
  return [{ title, poster, ratings }, { title }, { poster }, { ratings }];
}

/**
 * Asks both for the same movies.
 *
 * @returns The largest difference between two probabilities, 0 to `PROVIDER_TOLERANCE`.
 * @throws Error if it is larger, or a probability is not a number.
 */
export async function compare(
  predictor: Predictor,
  reference: Predictor,
  spec: TestSpec,
): Promise<number> {
  const movies = testMovies(spec);
  const answers = await predictor.predict(movies);
  const expected = await reference.predict(movies);
  let largest = 0;
  for (const [i, { scores }] of expected.entries()) {
    const actual = new Map(answers[i]!.scores.map((s) => [s.label, s.probability]));
    for (const { label, probability } of scores) {
      largest = Math.max(largest, Math.abs(actual.get(label)! - probability));
    }
  }
  // NaN is not at most anything.
  if (!(largest <= PROVIDER_TOLERANCE)) {
    throw new Error(
      `its answers differ from WebAssembly's by ${largest.toPrecision(2)} (allowed: ${PROVIDER_TOLERANCE})`,
    );
  }
  return largest;
}

/** @returns Median milliseconds of one prediction for a movie with every input. */
export async function measure(predictor: Predictor, spec: TestSpec): Promise<number> {
  const [movie] = testMovies(spec);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await predictor.predict([movie!]);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
}
