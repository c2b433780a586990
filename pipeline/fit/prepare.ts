/** Encodes movies with the predictor's preprocessing; posters stay on disk until a batch needs them. */

import { InputError } from "../../predictor/errors.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { TextFeatures } from "../../predictor/inputs/text.ts";
import type { ItemEncoder, ItemFeatures } from "../../predictor/item.ts";
import type { EncodedRatings, Rating } from "../../predictor/preprocess/ratings.ts";
import {
  type Dataset,
  declaredTarget,
  type LabelledMovie,
  nounsOf,
  type Ratings,
  type User,
} from "../dataset/dataset.ts";
import {
  displayName,
  imageNames,
  imageOf,
  isPath,
  ratingsNames,
  ratingsOf,
} from "../dataset/inputs.ts";
import { quote } from "../dataset/issues.ts";
import { imagesFor, type PosterStore } from "../dataset/posterCache.ts";
import { joinTargets } from "../targets/rows.ts";
import type { FittedTarget, Targets, Truth } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";

/** Movies listed in the error; usually all are refused for the same reason. */
const SHOWN_IN_ERROR = 20;

/** A movie as numbers, ready to be batched. */
export interface EncodedMovie {
  readonly source: LabelledMovie;
  /** All inputs except the images. */
  readonly features: ItemFeatures;
  /** The images' keys in their stores, by input; without those that cannot be decoded. */
  readonly images: Readonly<Record<string, string>>;
  /** Names of the inputs with ratings. */
  readonly ratingsInputs: readonly string[];
  /** What towers learn of it: 1 for each of its labels, else 0; or a standardised number [outputs]. */
  readonly target: Targets;
}

/** @throws Error listing every movie that the predictor would refuse, with the reason and what to do. */
export function encodeMovies(
  movies: readonly LabelledMovie[],
  dataset: Dataset,
  encoder: ItemEncoder,
  posters: PosterStore,
  target: FittedTarget = fitTarget(movies, dataset),
): EncodedMovie[] {
  const rules = rulesOf(target);
  const refused: Refusal[] = [];
  const itemOf = createItems(dataset);
  const images = imageNames(dataset.inputs);
  const rated = ratingsNames(dataset.inputs);
  const encoded = movies.flatMap((movie) => {
    const features = encodeOrRefuse(movie, itemOf, encoder, refused);
    if (!features) return [];
    return {
      source: movie,
      features,
      images: Object.fromEntries(
        images.flatMap((name) => {
          const path = imageOf(movie, name);
          return path !== undefined && imagesFor(posters, name).has(path) ? [[name, path]] : [];
        }),
      ),
      ratingsInputs: rated,
      target: rules.encode(movie, target),
    };
  });
  if (refused.length > 0) throw refusalError(refused, dataset);
  return encoded;
}

/** The data set's target, fitted to some of its movies. */
export function fitTarget(
  movies: readonly LabelledMovie[],
  dataset: Pick<Dataset, "labels" | "target">,
): FittedTarget {
  const target = declaredTarget(dataset);
  return rulesOf(target).fit(movies, dataset.labels, target);
}

interface Refusal {
  readonly movie: LabelledMovie;
  readonly error: InputError;
}

/** Converts a movie's values to the predictor's; images stay on disk. The result is valid until the next call. */
function createItems({ users, inputs }: Dataset): (movie: LabelledMovie) => Item {
  const ratings = new Map(
    ratingsNames(inputs).map((name) => [name, createRatings(users[name] ?? [])]),
  );
  const names = Object.entries(inputs).flatMap(([name, input]) => (isPath(input) ? [] : name));
  return (movie) =>
    Object.fromEntries(
      names.map((name) => [
        name,
        ratings.get(name)?.(ratingsOf(movie, name)) ?? movie.values[name],
      ]),
    );
}

/**
 * Converts a movie's ratings to the predictor's input. Each user has one object, reused for every movie: creating ten
 * million objects would take longer than encoding them. The result is valid until the next call.
 */
function createRatings(users: readonly User[]): (ratings: Ratings) => Rating[] {
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
  itemOf: ReturnType<typeof createItems>,
  encoder: ItemEncoder,
  refused: Refusal[],
): ItemFeatures | undefined {
  try {
    return encoder.encode(itemOf(movie));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    refused.push({ movie, error });
    return undefined;
  }
}

function refusalError(refused: readonly Refusal[], dataset: Dataset): Error {
  const { inputs } = dataset;
  const { item, items } = nounsOf(dataset);
  const rest = refused.length - SHOWN_IN_ERROR;
  // The field is "ratings" for too many ratings, and for instance "ratings[3].stars" for a bad one.
  const rated = ratingsNames(inputs);
  const tooMany = refused.filter(({ error }) => rated.includes(error.field));
  const [input] = tooMany.map(({ error }) => error.field);
  const most = Math.max(
    ...tooMany
      .filter(({ error }) => error.field === input)
      .map(({ movie }) => ratingsOf(movie, input!).users.length),
  );
  return new Error(
    [
      `${refused.length} ${refused.length === 1 ? item : items} of the data set cannot be used:`,
      ...refused
        .slice(0, SHOWN_IN_ERROR)
        .map(
          ({ movie, error }) =>
            `  ${item} ${movie.id} ${quote(displayName(movie, inputs))}: ${error.message}`,
        ),
      ...(rest > 0 ? [`  ... and ${rest} more`] : []),
      input === undefined
        ? `Fix or remove these ${items}.`
        : `Raise the limit with --${input}-max-ratings ${most}, or remove ratings.`,
    ].join("\n"),
  );
}

/** A movie's ratings of an input. */
export function encodedRatings({ features }: EncodedMovie, input: string): EncodedRatings {
  return features[input] as EncodedRatings;
}

/** Number of a movie's ratings, of all inputs of that type. */
export function ratingCount(movie: EncodedMovie): number {
  return movie.ratingsInputs.reduce(
    (sum, input) => sum + encodedRatings(movie, input).users.length,
    0,
  );
}

/** The movie with some of its ratings of an input, by their places. */
export function withRatings(movie: EncodedMovie, input: string, places: Uint32Array): EncodedMovie {
  const { users, stars } = encodedRatings(movie, input);
  const ratings: EncodedRatings = {
    users: Int32Array.from(places, (i) => users[i]!),
    stars: Float32Array.from(places, (i) => stars[i]!),
  };
  return { ...movie, features: { ...movie.features, [input]: ratings } };
}

/** The movie's features including its images, read from their stores. @param names Of the images; default: all. */
export function withPoster(
  { features, images }: EncodedMovie,
  posters: PosterStore,
  names = Object.keys(images),
): ItemFeatures {
  const read = names.flatMap((name) => {
    const path = images[name];
    if (path === undefined) return [];
    const store = imagesFor(posters, name);
    const pixels = new Uint8Array(store.spec.height * store.spec.width * 3);
    store.read(path, pixels);
    return [[name, pixels] as const];
  });
  return read.length === 0 ? features : { ...features, ...Object.fromEntries(read) };
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
  const tokens = Object.values(first.features).reduce<number>(
    (most, features) =>
      Math.max(most, (features as Partial<TextFeatures> | undefined)?.tokens?.length ?? 0),
    1,
  );
  const logits = tokens * first.target.length;
  return Math.max(1, Math.min(most, Math.floor(MAX_BATCH_LOGITS / logits)));
}

/** What towers learn of all movies [movies, outputs]. */
export function targetsOf(movies: readonly EncodedMovie[]): Targets {
  return joinTargets(movies.map(({ target }) => target));
}

/** What the graph is to answer for all movies [movies, outputs]. */
export function truthOf(movies: readonly EncodedMovie[], target: FittedTarget): Truth {
  const { truth } = rulesOf(target);
  return joinTargets(movies.map(({ source }) => truth(source, target)));
}
