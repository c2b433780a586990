/** A graph for tests of figures, whose answers are a given function of its feeds. */

import assert from "node:assert/strict";
import type { PosterStore } from "../../../pipeline/dataset/posterCache.ts";
import type { FitResult } from "../../../pipeline/fit/fit.ts";
import { INPUT_NAMES, type InputName, type MovieInputs, YEAR } from "../../../predictor/movie.ts";
import type { RunGraph } from "../../../predictor/tensor.ts";
import { labelsTarget } from "../labelsTarget.ts";
import type { SampleEncodedMovie } from "../sampleMovies.ts";

/** Titles of one token, posters of one pixel. */
export const SPEC: MovieInputs = {
  title: {
    type: "text",
    form: "title",
    maxCharacters: 100,
    maxWords: 1,
    piecesPerWord: 1,
    vocabulary: [],
    vectorWords: [],
    ngrams: { min: 3, max: 3, buckets: 1 },
  },
  year: YEAR,
  poster: { type: "image", height: 1, width: 1 },
  ratings: {
    type: "ratings",
    users: [],
    groups: { genders: [], ages: [], occupations: [] },
    stars: { min: 1, max: 5 },
    maxRatings: 100,
  },
};

export interface MovieSketch {
  /** 1 to 255. Encoded in every input, so that the graph detects inputs of different movies in one row. */
  readonly id: number;
  /** 0 or 1 for each label. */
  readonly target: readonly number[];
  /** Default: `movie <id>`. Only baselines read it. */
  readonly title?: string;
  /** "broken": the file cannot be decoded. Default: true. */
  readonly poster?: boolean | "broken";
  /** Number of ratings; default 1. */
  readonly ratings?: number;
  /** Users who rated it, for the baselines; default: users who rated no other movie. */
  readonly users?: readonly number[];
}

export function movieOf(labels: readonly string[], sketch: MovieSketch): SampleEncodedMovie {
  const { id, target, title = `movie ${id}`, poster = true } = sketch;
  const users = sketch.users ?? Array.from({ length: sketch.ratings ?? 1 }, (_, i) => i);
  const posterPath = `${id}.jpg`;
  return {
    source: {
      id: String(id),
      values: {
        title,
        ...(poster === false ? {} : { poster: posterPath }),
        ratings: {
          users: Uint32Array.from(users, (user) => (sketch.users ? user : rowOf(id, user))),
          stars: Float32Array.from(users, (_, i) => starsOf(i)),
        },
      },
      labels: labels.filter((_, label) => target[label] === 1),
      split: "train",
    },
    features: {
      title: { words: [title], tokens: Int32Array.of(id) },
      year: FIRST_YEAR + id,
      poster: undefined,
      ratings: {
        users: Int32Array.from(users, (_, i) => rowOf(id, i)),
        stars: Float32Array.from(users, (_, i) => starsOf(i)),
      },
    },
    images: poster === true ? { poster: posterPath } : {},
    ratingsInputs: ["ratings"],
    target: Uint8Array.from(target),
  };
}

const FIRST_YEAR = 1700;
/** User rows per movie. Row and stars of the i-th rating encode the movie's id and i. */
const ROWS = 1000;
const rowOf = (id: number, i: number) => ROWS * id + i;
const starsOf = (i: number) => 1 + i / 64;

/** Posters whose pixel is the movie's id. */
export const POSTERS: PosterStore = {
  spec: SPEC.poster,
  counts: { decoded: 0, cached: 0, failed: 0 },
  issues: [],
  has: () => true,
  read: (path, out, offset = 0) => out.fill(Number.parseInt(path, 10), offset, offset + 3),
  close: () => {},
};

/** A fit with the fields that evaluation reads. */
export function fittedOf(
  movies: Pick<FitResult, "training" | "validation" | "test">,
  labels: readonly string[],
): FitResult {
  const fields: Partial<FitResult> = { spec: SPEC, target: labelsTarget(labels), ...movies };
  return fields as FitResult;
}

/** The feeds of one movie, decoded. */
export interface GraphRow {
  /** 0 without any input. */
  readonly id: number;
  readonly inputs: readonly InputName[];
  /** Indices among the movie's ratings, in the order of the feeds. */
  readonly ratings: readonly number[];
}

export interface ScriptedGraph {
  readonly run: RunGraph;
  /** The rows of each run. */
  readonly runs: GraphRow[][];
}

/** @param answer Returns the probabilities [labels] of a movie by its feeds. */
export function scriptedGraph(answer: (shown: GraphRow) => readonly number[]): ScriptedGraph {
  const runs: GraphRow[][] = [];
  return {
    runs,
    async run(feeds) {
      const movies = feeds.year!.dims[0]!;
      const shown = Array.from({ length: movies }, (_, i) => readRow(feeds, i));
      runs.push(shown);
      const answers = shown.map(answer);
      const tensor = (values: readonly number[]) => ({
        type: "float32" as const,
        dims: [movies, values.length / movies],
        data: Float32Array.from(values),
      });
      return {
        probabilities: tensor(answers.flat()),
        title_attention: tensor(shown.map(() => 1)),
        modality_weights: tensor(shown.flatMap(() => [1, 1, 1])),
      };
    },
  };
}

/** Decodes row `i` of the feeds, and asserts that its inputs belong to one movie. */
function readRow(feeds: Parameters<RunGraph>[0], i: number): GraphRow {
  const row = (name: string): number[] => {
    const { data, dims } = feeds[name]!;
    const width = data.length / dims[0]!;
    return [...data.subarray(i * width, (i + 1) * width)];
  };
  const ids = new Set<number>();
  const inputs = new Set<InputName>();
  const [token] = row("title_tokens") as [number];
  const [year] = row("year") as [number];
  assert.equal(year, token && FIRST_YEAR + token, "title and year are one input");
  if (token) ids.add(token) && inputs.add("title");
  const [pixel] = row("poster") as [number];
  assert.deepEqual(row("poster"), [pixel, pixel, pixel]);
  assert.deepEqual(row("has_poster"), [Math.sign(pixel)], "has_poster is 1 with a poster");
  if (pixel) ids.add(pixel) && inputs.add("poster");
  const stars = row("rating_stars");
  const users = row("rating_users").filter((user) => user > 0);
  for (const user of users) ids.add(Math.floor(user / ROWS)) && inputs.add("ratings");
  const ratings = users.map((user) => user % ROWS);
  assert.deepEqual(stars.slice(0, users.length), ratings.map(starsOf), "stars of these users");
  assert.ok(stars.slice(users.length).every((value) => value === 0));
  assert.ok(ids.size <= 1, `inputs of the movies ${[...ids]} in one row`);
  const [id = 0] = ids;
  return { id, inputs: INPUT_NAMES.filter((input) => inputs.has(input)), ratings };
}

/** Scores [labels] that rank `label` at `rank`, from 1, and the others in their order. */
export function ranked(labels: number, label: number, rank: number): number[] {
  const order = Array.from({ length: labels }, (_, l) => l).filter((l) => l !== label);
  order.splice(rank - 1, 0, label);
  return Array.from({ length: labels }, (_, l) => 1 - (order.indexOf(l) + 1) / (labels + 1));
}

/** A target with a single label: 1 there, 0 elsewhere. */
export function oneHot(labels: number, label: number): number[] {
  return Array.from({ length: labels }, (_, l) => (l === label ? 1 : 0));
}
