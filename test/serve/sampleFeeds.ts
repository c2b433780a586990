/** Tensors of a few movies, and what the graph makes of them. */

import { openBundle } from "../../node/bundle.ts";
import { openSession } from "../../node/session.ts";
import { collate } from "../../predictor/item.ts";
import { movieInputs } from "../../predictor/movie.ts";
import { createMovieEncoder } from "../../predictor/movieEncoder.ts";
import type { Tensor } from "../../predictor/tensor.ts";

export type Tensors = Readonly<Record<string, Tensor>>;

/**
 * @param bundlePath Of the bundle that `publishTiny` writes.
 * @param rows Movies.
 */
export async function sampleFeeds(
  bundlePath: string,
  rows: number,
): Promise<{ readonly feeds: Tensors; readonly expected: Tensors }> {
  const bundle = await openBundle(bundlePath);
  const inputs = movieInputs(bundle.manifest.inputs);
  const encoder = createMovieEncoder(inputs);
  const { height, width } = inputs.poster;
  const movies = Array.from({ length: rows }, (_, i) => ({
    title: ["war cat", "love", "steel"][i % 3]!,
    year: 1950 + (i % 50),
    ratings: Array.from({ length: Math.min(i, 20) }, (_, k) => ({
      user: `u${k}`,
      stars: 1 + (k % 5),
    })),
    poster: {
      data: Uint8Array.from({ length: height * width * 3 }, (_, at) => (at * (i + 3)) % 256),
      height,
      width,
      channels: 3 as const,
    },
  }));
  const feeds = collate(
    movies.map((movie) => encoder.encode(movie)),
    inputs,
  );
  const session = await openSession(bundle.graph, { threads: 1 });
  const expected = await session.run(feeds);
  await session.close();
  return { feeds, expected };
}
