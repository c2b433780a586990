/** Encodes movies; not in movie.ts, because the schemas of inputs are a large download for the page. */

import { createItemEncoder } from "./item.ts";
import type { Movie, MovieFeatures, MovieInputs } from "./movie.ts";

export interface MovieEncoder {
  /** @throws InputError naming the field that is wrong. */
  encode(movie: Movie): MovieFeatures;
}

/** `createItemEncoder` for movies. */
export function createMovieEncoder(inputs: MovieInputs): MovieEncoder {
  const { encode } = createItemEncoder(inputs);
  return { encode: (movie) => encode(movie) as MovieFeatures };
}
