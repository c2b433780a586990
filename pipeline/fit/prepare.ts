/** Movies -> numbers, by the predictor's own preprocessing; posters stay on disk until a batch needs them. */

import { InputError } from "../../predictor/errors.ts";
import type { MovieEncoder, MovieFeatures } from "../../predictor/preprocess/features.ts";
import type { Rating } from "../../predictor/preprocess/ratings.ts";
import type { Dataset, LabelledMovie } from "../dataset/dataset.ts";
import { quote } from "../dataset/issues.ts";
import type { PosterStore } from "../dataset/posterCache.ts";

/** Movies spelled out in the error; one reason usually holds for all. */
const SHOWN_IN_ERROR = 20;

/** A movie ready to be batched. */
export interface EncodedMovie {
  readonly source: LabelledMovie;
  /** Everything but the poster. */
  readonly features: MovieFeatures;
  /** Key of its poster in the store; undefined when it has none that can be decoded. */
  readonly posterPath: string | undefined;
  /** 1 for each of its labels [L]. */
  readonly target: Uint8Array;
}

/** @throws Error that names every movie the predictor would refuse, with the reason, and what to do. */
export function encodeMovies(
  movies: readonly LabelledMovie[],
  dataset: Dataset,
  encoder: MovieEncoder,
  posters: PosterStore,
): EncodedMovie[] {
  const refused: Refusal[] = [];
  const ratingsOf = createRatings(dataset.users);
  const prepared = movies.flatMap((movie) => {
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
  if (refused.length > 0) throw refusal(refused);
  return prepared;
}

/** 1 for each of the movie's labels [L]. */
export function targetOf(movie: LabelledMovie, labels: readonly string[]): Uint8Array {
  return Uint8Array.from(labels, (label) => (movie.labels.includes(label) ? 1 : 0));
}

interface Refusal {
  readonly movie: LabelledMovie;
  readonly error: InputError;
}

/**
 * A movie's ratings as the predictor takes them. Every user has one object, whose stars are those of the movie asked for
 * last: ten million of them would take longer to make than to encode.
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

function refusal(refused: readonly Refusal[]): Error {
  const rest = refused.length - SHOWN_IN_ERROR;
  // The encoder says "ratings" of their number, "ratings[3].stars" of a single one.
  const crowded = refused.filter(({ error }) => error.field === "ratings");
  const most = Math.max(...crowded.map(({ movie }) => movie.ratings.users.length));
  return new Error(
    [
      `${refused.length} ${refused.length === 1 ? "movie" : "movies"} of the data set cannot be used:`,
      ...refused
        .slice(0, SHOWN_IN_ERROR)
        .map(
          ({ movie: { id, title }, error }) => `  movie ${id} ${quote(title)}: ${error.message}`,
        ),
      ...(rest > 0 ? [`  ... and ${rest} more`] : []),
      crowded.length > 0
        ? `Allow as many by --ratings-max-ratings ${most}, or shorten the data.`
        : "Mend or remove these movies.",
    ].join("\n"),
  );
}

/** The movie's features with its poster read from the store. */
export function withPoster(movie: EncodedMovie, posters: PosterStore): MovieFeatures {
  if (movie.posterPath === undefined) return movie.features;
  const poster = new Uint8Array(posters.spec.height * posters.spec.width * 3);
  posters.read(movie.posterPath, poster);
  return { ...movie.features, poster };
}

/** [movies, L] of 0 and 1 */
export function targetsOf(movies: readonly EncodedMovie[]): Uint8Array {
  return Uint8Array.from(movies.flatMap((movie) => [...movie.target]));
}
