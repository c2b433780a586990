/** Examples -> numbers, by the predictor's own preprocessing; posters stay on disk until a batch needs them. */

import { InputError } from "../../predictor/errors.ts";
import type { MovieEncoder, MovieFeatures } from "../../predictor/preprocess/features.ts";
import type { Rating } from "../../predictor/preprocess/ratings.ts";
import type { Dataset, Example } from "../dataset/dataset.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { quote } from "../dataset/problems.ts";

/** Movies spelled out in the error; one reason usually holds for all. */
const SHOWN_IN_ERROR = 20;

/** A movie ready to be batched. */
export interface PreparedMovie {
  readonly example: Example;
  /** Everything but the poster. */
  readonly features: MovieFeatures;
  /** Key of its poster in the store; undefined when it has none that can be decoded. */
  readonly posterPath: string | undefined;
  /** 1 for each of its labels [L]. */
  readonly target: Uint8Array;
}

/** @throws Error that names every movie the predictor would refuse, with the reason, and what to do. */
export function prepareMovies(
  examples: readonly Example[],
  dataset: Dataset,
  encoder: MovieEncoder,
  posters: PosterStore,
): PreparedMovie[] {
  const refused: Refused[] = [];
  const ratingsOf = createRatings(dataset.users);
  const prepared = examples.flatMap((example) => {
    const features = encodeOrRefuse(example, ratingsOf, encoder, refused);
    if (!features) return [];
    const { posterPath } = example;
    return {
      example,
      features,
      posterPath: posterPath !== undefined && posters.has(posterPath) ? posterPath : undefined,
      target: targetOf(example, dataset.labels),
    };
  });
  if (refused.length > 0) throw refusal(refused);
  return prepared;
}

/** 1 for each of the example's labels [L]. */
export function targetOf(example: Example, labels: readonly string[]): Uint8Array {
  return Uint8Array.from(labels, (label) => (example.labels.includes(label) ? 1 : 0));
}

interface Refused {
  readonly example: Example;
  readonly error: InputError;
}

/**
 * A movie's ratings as the predictor takes them. Every rater has one object, whose stars are those of the movie asked for
 * last: ten million of them would take longer to make than to encode.
 */
function createRatings(users: Dataset["users"]): (ratings: Example["ratings"]) => Rating[] {
  const raters = users.map(({ id, gender, age, occupation }) => ({
    user: id,
    stars: 0,
    ...(gender === undefined ? {} : { gender }),
    ...(age === undefined ? {} : { age }),
    ...(occupation === undefined ? {} : { occupation }),
  }));
  return (ratings) =>
    Array.from(ratings.users, (user, i) => {
      const rater = raters[user]!;
      rater.stars = ratings.stars[i]!;
      return rater;
    });
}

function encodeOrRefuse(
  example: Example,
  ratingsOf: ReturnType<typeof createRatings>,
  encoder: MovieEncoder,
  refused: Refused[],
): MovieFeatures | undefined {
  try {
    return encoder.encode({
      title: example.title,
      ...(example.year === undefined ? {} : { year: example.year }),
      ratings: ratingsOf(example.ratings),
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    refused.push({ example, error });
    return undefined;
  }
}

function refusal(refused: readonly Refused[]): Error {
  const rest = refused.length - SHOWN_IN_ERROR;
  // The encoder says "ratings" of their number, "ratings[3].stars" of a single one.
  const crowded = refused.filter(({ error }) => error.field === "ratings");
  const most = Math.max(...crowded.map(({ example }) => example.ratings.users.length));
  return new Error(
    [
      `${refused.length} ${refused.length === 1 ? "movie" : "movies"} of the data set cannot be used:`,
      ...refused
        .slice(0, SHOWN_IN_ERROR)
        .map(
          ({ example: { id, title }, error }) => `  movie ${id} ${quote(title)}: ${error.message}`,
        ),
      ...(rest > 0 ? [`  ... and ${rest} more`] : []),
      crowded.length > 0
        ? `Allow as many by --ratings-max-ratings ${most}, or shorten the data.`
        : "Mend or remove these movies.",
    ].join("\n"),
  );
}

/** The movie's features with its poster read from the store. */
export function withPoster(movie: PreparedMovie, posters: PosterStore): MovieFeatures {
  if (movie.posterPath === undefined) return movie.features;
  const poster = new Uint8Array(posters.spec.height * posters.spec.width * 3);
  posters.read(movie.posterPath, poster);
  return { ...movie.features, poster };
}

/** [movies, L] of 0 and 1 */
export function targetsOf(movies: readonly PreparedMovie[]): Uint8Array {
  return Uint8Array.from(movies.flatMap((movie) => [...movie.target]));
}
