/** Turns a movie with decoded pixels into the graph's named tensors; training, server and page all use this code. */

import { InputError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { type DecodedImage, type PosterSpec, resizePoster } from "./poster.ts";
import { createRatingsEncoder, NO_USER_ROW, type Rating, type RatingsSpec } from "./ratings.ts";
import { checkYear, createTitleEncoder, parseTitle, type TitleSpec } from "./title.ts";

/** The parameters of preprocessing; part of a bundle's manifest. */
export interface PreprocessSpec {
  readonly title: TitleSpec;
  readonly poster: PosterSpec;
  readonly ratings: RatingsSpec;
}

/** What is known of a movie. Every part may be absent; the model answers from the rest. */
export interface Movie {
  readonly title?: string;
  /** Release year; where absent, a trailing "(1995)" of the title counts. */
  readonly year?: number;
  readonly poster?: DecodedImage;
  readonly ratings?: readonly Rating[];
}

/** A movie as numbers, one row of every graph input. Absent parts are zeros. */
export interface MovieFeatures {
  /** int32 [maxWords * piecesPerWord] */
  readonly titleTokens: Int32Array;
  /** Release year, 0 when unknown. */
  readonly year: number;
  /** uint8 [height * width * 3]; undefined when there is none. */
  readonly poster: Uint8Array | undefined;
  /** int32 [n] and float32 [n]; n differs from movie to movie. */
  readonly ratingUsers: Int32Array;
  readonly ratingStars: Float32Array;
}

export interface MovieEncoder {
  /** @throws InputError naming the field that is wrong. */
  encode(movie: Movie): MovieFeatures;
  /** The words the graph attends over, at most `maxWords`. */
  titleWords(movie: Movie): string[];
}

export function createMovieEncoder(spec: PreprocessSpec): MovieEncoder {
  const encodeTitle = createTitleEncoder(spec.title);
  const encodeRatings = createRatingsEncoder(spec.ratings);
  return {
    encode(movie) {
      const parsed = parseTitle(movie.title ?? "");
      const ratings = encodeRatings(movie.ratings ?? []);
      return {
        titleTokens: encodeTitle(parsed.words),
        year: movie.year === undefined ? (parsed.year ?? 0) : checkYear(movie.year),
        poster: movie.poster ? resizePoster(movie.poster, spec.poster) : undefined,
        ratingUsers: ratings.users,
        ratingStars: ratings.stars,
      };
    },
    titleWords(movie) {
      return parseTitle(movie.title ?? "").words.slice(0, spec.title.maxWords);
    },
  };
}

/**
 * Stacks movies into one batch of graph inputs.
 *
 * @returns `title_tokens` int32 [n, maxWords, piecesPerWord], `year` float32 [n, 1], `poster` uint8
 *   [n, height, width, 3], `has_poster` float32 [n, 1], `rating_users` int32 [n, r] and `rating_stars`
 *   float32 [n, r], where r is the largest number of ratings in the batch, at least 1.
 */
export function collate(
  movies: readonly MovieFeatures[],
  spec: PreprocessSpec,
): Record<GraphInput, Tensor> {
  const n = movies.length;
  if (n === 0) throw new InputError("movies", "is empty; give at least one movie");
  const { maxWords, piecesPerWord } = spec.title;
  const { height, width } = spec.poster;
  const pixels = height * width * 3;
  const r = movies.reduce((most, movie) => Math.max(most, movie.ratingUsers.length), 1);

  const tokens = new Int32Array(n * maxWords * piecesPerWord);
  const years = new Float32Array(n);
  const posters = new Uint8Array(n * pixels);
  const hasPoster = new Float32Array(n);
  const users = new Int32Array(n * r).fill(NO_USER_ROW);
  const stars = new Float32Array(n * r);
  for (const [i, movie] of movies.entries()) {
    tokens.set(movie.titleTokens, i * maxWords * piecesPerWord);
    years[i] = movie.year;
    if (movie.poster) {
      posters.set(movie.poster, i * pixels);
      hasPoster[i] = 1;
    }
    users.set(movie.ratingUsers, i * r);
    stars.set(movie.ratingStars, i * r);
  }
  return {
    title_tokens: { type: "int32", dims: [n, maxWords, piecesPerWord], data: tokens },
    year: { type: "float32", dims: [n, 1], data: years },
    poster: { type: "uint8", dims: [n, height, width, 3], data: posters },
    has_poster: { type: "float32", dims: [n, 1], data: hasPoster },
    rating_users: { type: "int32", dims: [n, r], data: users },
    rating_stars: { type: "float32", dims: [n, r], data: stars },
  };
}

/** Names of the graph's inputs. */
export const GRAPH_INPUTS = [
  "title_tokens",
  "year",
  "poster",
  "has_poster",
  "rating_users",
  "rating_stars",
] as const;
export type GraphInput = (typeof GRAPH_INPUTS)[number];
