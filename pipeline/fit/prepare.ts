/** Encodes movies with the predictor's preprocessing; posters stay on disk until a batch needs them. */

import { InputError } from "../../predictor/errors.ts";
import type { MovieFeatures } from "../../predictor/movie.ts";
import type { MovieEncoder } from "../../predictor/movieEncoder.ts";
import type { Rating } from "../../predictor/preprocess/ratings.ts";
import { concatenate } from "../common/matrix.ts";
import type { Dataset, LabelledMovie } from "../dataset/dataset.ts";
import { quote } from "../dataset/issues.ts";
import type { PosterStore } from "../dataset/posterCache.ts";

/** Movies listed in the error; usually all are refused for the same reason. */
const SHOWN_IN_ERROR = 20;

/** A movie as numbers, ready to be batched. */
export interface EncodedMovie {
  readonly source: LabelledMovie;
  /** All inputs except the poster. */
  readonly features: MovieFeatures;
  /** The poster's key in the store; undefined if the movie has none that can be decoded. */
  readonly posterPath: string | undefined;
  /** 1 for each of its labels, else 0 [L]. */
  readonly target: Uint8Array;
}

/** @throws Error listing every movie that the predictor would refuse, with the reason and what to do. */
export function encodeMovies(
  movies: readonly LabelledMovie[],
  dataset: Dataset,
  encoder: MovieEncoder,
  posters: PosterStore,
): EncodedMovie[] {
  const refused: Refusal[] = [];
  const ratingsOf = createRatings(dataset.users);
  const encoded = movies.flatMap((movie) => {
    const features = encodeOrRefuse(movie, ratingsOf, encoder, refused);
    if (!features) return [];
    const { posterPath } = movie;
    return {
      source: movie,
      features,
      posterPath: posterPath !== undefined && posters.has(posterPath) ? posterPath : undefined,
      target: targetOf(movie, dataset.labels),
    };
  });
  if (refused.length > 0) throw refusalError(refused);
  return encoded;
}

/** 1 for each of the movie's labels, else 0 [L]. */
export function targetOf(
  movie: Pick<LabelledMovie, "labels">,
  labels: readonly string[],
): Uint8Array {
  const own = new Set(movie.labels);
  return Uint8Array.from(labels, (label) => (own.has(label) ? 1 : 0));
}

interface Refusal {
  readonly movie: LabelledMovie;
  readonly error: InputError;
}

/**
 * Converts a movie's ratings to the predictor's input. Each user has one object, reused for every movie: creating ten
 * million objects would take longer than encoding them. The result is valid until the next call.
 */
function createRatings(users: Dataset["users"]): (ratings: LabelledMovie["ratings"]) => Rating[] {
  const perUser = users.map(({ id, gender, age, occupation }) => ({
    user: id,
    stars: 0,
    ...(gender === undefined ? {} : { gender }),
    ...(age === undefined ? {} : { age }),
    ...(occupation === undefined ? {} : { occupation }),
  }));
  return (ratings) =>
    Array.from(ratings.users, (user, i) => {
      const rating = perUser[user]!;
      rating.stars = ratings.stars[i]!;
      return rating;
    });
}

function encodeOrRefuse(
  movie: LabelledMovie,
  ratingsOf: ReturnType<typeof createRatings>,
  encoder: MovieEncoder,
  refused: Refusal[],
): MovieFeatures | undefined {
  try {
    return encoder.encode({
      title: movie.title,
      ...(movie.year === undefined ? {} : { year: movie.year }),
      ratings: ratingsOf(movie.ratings),
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    refused.push({ movie, error });
    return undefined;
  }
}

function refusalError(refused: readonly Refusal[]): Error {
  const rest = refused.length - SHOWN_IN_ERROR;
  // The field is "ratings" for too many ratings, and for instance "ratings[3].stars" for a bad one.
  const tooMany = refused.filter(({ error }) => error.field === "ratings");
  const most = Math.max(...tooMany.map(({ movie }) => movie.ratings.users.length));
  return new Error(
    [
      `${refused.length} ${refused.length === 1 ? "movie" : "movies"} of the data set cannot be used:`,
      ...refused
        .slice(0, SHOWN_IN_ERROR)
        .map(
          ({ movie: { id, title }, error }) => `  movie ${id} ${quote(title)}: ${error.message}`,
        ),
      ...(rest > 0 ? [`  ... and ${rest} more`] : []),
      tooMany.length > 0
        ? `Raise the limit with --ratings-max-ratings ${most}, or remove ratings.`
        : "Fix or remove these movies.",
    ].join("\n"),
  );
}

/** The movie's features including its poster, read from the store. */
export function withPoster(movie: EncodedMovie, posters: PosterStore): MovieFeatures {
  if (movie.posterPath === undefined) return movie.features;
  const poster = new Uint8Array(posters.spec.height * posters.spec.width * 3);
  posters.read(movie.posterPath, poster);
  return { ...movie.features, poster };
}

/**
 * Most logits that a batch looks up: the linear title encoder's table has one per token and label. 64 MB, which the graph
 * needs two or three times.
 */
const MAX_BATCH_LOGITS = 1 << 24;

/** Number of movies to run at once: `most`, or fewer where the titles' logits for thousands of labels take much memory. */
export function moviesPerBatch(movies: readonly EncodedMovie[], most: number): number {
  const [first] = movies;
  if (first === undefined) return most;
  const logits = first.features.title.tokens.length * first.target.length;
  return Math.max(1, Math.min(most, Math.floor(MAX_BATCH_LOGITS / logits)));
}

/** All movies' targets, 0 or 1 [movies, L]. */
export function targetsOf(movies: readonly EncodedMovie[]): Uint8Array {
  return concatenate(
    movies.map(({ target }) => target),
    new Uint8Array(0),
  );
}
