/** All metrics of a run: every subset of inputs and every baseline, over all movies and by group. */

import {
  averagePrecision,
  type F1Scores,
  f1Scores,
  labelRankingAveragePrecision,
  perMovieAveragePrecision,
} from "../../predictor/metrics.ts";
import { selectRows } from "../common/matrix.ts";
import type { Baseline } from "./baselines.ts";
import { bootstrapMean, type Interval } from "./bootstrap.ts";

/** The exported graph's probabilities from a subset of the inputs, for N movies and L labels. */
export interface SubsetScores {
  readonly name: string;
  readonly inputs: readonly string[];
  /** Probabilities [N, L]. */
  readonly scores: Float32Array;
}

/** Facts that movies are grouped by. */
export interface MovieFacts {
  readonly hasPoster: boolean;
  /** Number of ratings. */
  readonly ratings: number;
}

export interface EvaluateOptions {
  readonly labels: readonly string[];
  /** Labels, 0 or 1 [N, L]. */
  readonly targets: Uint8Array;
  /** [N] */
  readonly facts: readonly MovieFacts[];
  readonly subsets: readonly SubsetScores[];
  readonly baselines: readonly Baseline[];
  /** Inputs that the model leaves out: subsets of nothing else have no figures. */
  readonly leftOut?: readonly string[];
  /** The group of the images, which are scored alone on movies that have one; default: poster. */
  readonly imageGroup?: string | undefined;
  /** [L], tuned on other movies. */
  readonly thresholds: readonly number[];
  /** Seed of the bootstrap; all rows of a group use the same resamples. */
  readonly seed: number;
}

/** Result for one group of movies. */
export interface GroupResult {
  readonly group: string;
  readonly movies: number;
  /** Null if no movie of the group has a label, or the row has no figures. */
  readonly map5: Interval | null;
}

/**
 * One row of the results: a subset of inputs, or a baseline. All its figures are null where the model leaves out all of the
 * inputs, or where the baseline could not be fitted.
 */
export interface ScoredRow {
  readonly name: string;
  readonly kind: "model" | "baseline";
  /** Empty for baselines. */
  readonly inputs: readonly string[];
  /** The group of movies that this row's metrics are over; `groups` has all groups. */
  readonly population: string;
  readonly movies: number;
  readonly mapAtK: readonly { readonly k: number; readonly value: number | null }[];
  readonly map5: Interval | null;
  readonly lrap: number | null;
  /** Null for baselines, which have no tuned thresholds. */
  readonly f1: F1Scores | null;
  readonly groups: readonly GroupResult[];
}

export interface LabelResult {
  readonly label: string;
  /** Number of movies with the label. */
  readonly support: number;
  /** Area under the precision-recall curve; null without support. */
  readonly averagePrecision: number | null;
  readonly f1: number;
  readonly threshold: number;
}

/** Plain JSON. */
export interface EvaluationReport {
  readonly movies: number;
  readonly labels: readonly string[];
  readonly seed: number;
  /** Subsets in the order given, then baselines. */
  readonly rows: readonly ScoredRow[];
  /** Name of the row with the most inputs, which `genres` refers to. */
  readonly fullRow: string;
  readonly genres: readonly LabelResult[];
}

/** K of mAP@K; values above the number of labels are reduced to it, which does not change the metric. */
const KS = [1, 3, 5, 10, 18];
/** The course's K; intervals and groups are reported for it. */
const MAIN_K = 5;

const ALL_MOVIES = "all movies";
export const WITH_POSTER = "with a poster";
const GROUPS: readonly { name: string; has: (movie: MovieFacts) => boolean }[] = [
  { name: ALL_MOVIES, has: () => true },
  { name: "≥ 5 ratings", has: ({ ratings }) => ratings >= 5 },
  { name: "1-4 ratings", has: ({ ratings }) => ratings >= 1 && ratings <= 4 },
  { name: "< 5 ratings", has: ({ ratings }) => ratings < 5 },
  { name: "unrated", has: ({ ratings }) => ratings === 0 },
  { name: WITH_POSTER, has: ({ hasPoster }) => hasPoster },
];

/**
 * Scores every subset and baseline on all movies; the poster alone only on movies with a poster, because it has no input
 * for the others.
 *
 * @throws Error naming every matrix and list whose shape does not fit.
 */
export function evaluate(options: EvaluateOptions): EvaluationReport {
  checkShapes(options);
  const { labels, subsets, facts, seed } = options;
  const full = subsets.reduce((a, b) => (b.inputs.length > a.inputs.length ? b : a));
  return {
    movies: facts.length,
    labels: [...labels],
    seed,
    rows: [
      ...subsets.map(({ name, inputs, scores }) => {
        const known = inputs.some((input) => !options.leftOut?.includes(input));
        return scoreRow({ name, inputs, scores: known ? scores : null }, "model", options);
      }),
      ...options.baselines.map(({ name, scores }) =>
        scoreRow({ name, inputs: [], scores }, "baseline", options),
      ),
    ],
    fullRow: full.name,
    genres: scoreGenres(full.scores, options),
  };
}

/** The row named `report.fullRow`; undefined only in reports made by hand. */
export function fullRowOf({ rows, fullRow }: EvaluationReport): ScoredRow | undefined {
  return rows.find(({ name, kind }) => kind === "model" && name === fullRow);
}

function scoreRow(
  { name, inputs, scores }: Pick<SubsetScores, "name" | "inputs"> & Pick<Baseline, "scores">,
  kind: ScoredRow["kind"],
  { labels, targets, facts, thresholds, seed, imageGroup = "poster" }: EvaluateOptions,
): ScoredRow {
  const posterOnly = inputs.length === 1 && inputs[0] === imageGroup;
  const population = GROUPS.find(
    (group) => group.name === (posterOnly ? WITH_POSTER : ALL_MOVIES),
  )!;
  const members = indicesWhere(facts, population.has);
  const ks = [...new Set(KS.map((k) => Math.min(k, labels.length)))];
  const row = {
    name,
    kind,
    inputs: [...inputs],
    population: population.name,
    movies: members.length,
  };
  if (!scores) {
    return {
      ...row,
      mapAtK: ks.map((k) => ({ k, value: null })),
      map5: null,
      lrap: null,
      f1: null,
      groups: GROUPS.map(({ name: group, has }) => ({
        group,
        movies: indicesWhere(facts, has).length,
        map5: null,
      })),
    };
  }
  const memberScores = selectRows(scores, members, labels.length);
  const memberTargets = selectRows(targets, members, labels.length);
  const mapAtK = ks.map((k) => {
    const values = perMovieAveragePrecision(memberScores, memberTargets, labels.length, k);
    return { k, value: orNull(meanOfKnown(values)) };
  });
  const values = perMovieAveragePrecision(scores, targets, labels.length, MAIN_K);
  const groups = GROUPS.map((group): GroupResult => {
    const movies = indicesWhere(facts, group.has);
    const map5 = bootstrapMean(
      movies.map((movie) => values[movie]!),
      { seed },
    );
    return { group: group.name, movies: movies.length, map5: map5 ?? null };
  });
  const lrap = labelRankingAveragePrecision(memberScores, memberTargets, labels.length);
  const scored = kind === "model" && members.length > 0;
  return {
    ...row,
    mapAtK,
    map5: groups.find(({ group }) => group === population.name)!.map5,
    lrap: orNull(lrap),
    f1: scored ? f1Scores(memberScores, memberTargets, thresholds) : null,
    groups,
  };
}

function scoreGenres(scores: Float32Array, options: EvaluateOptions): LabelResult[] {
  const { labels, targets, thresholds, facts } = options;
  const areas = averagePrecision(scores, targets, labels.length);
  return labels.map((label, column) => {
    const rows = Array.from(facts.keys(), (movie) => movie * labels.length + column);
    const actual = Uint8Array.from(rows, (i) => targets[i]!);
    const predicted = Float32Array.from(rows, (i) => scores[i]!);
    const threshold = thresholds[column]!;
    return {
      label,
      support: actual.reduce((sum, value) => sum + value, 0),
      averagePrecision: orNull(areas[column]!),
      f1: f1Scores(predicted, actual, [threshold]).micro,
      threshold,
    };
  });
}

function indicesWhere(facts: readonly MovieFacts[], has: (movie: MovieFacts) => boolean): number[] {
  return [...facts.keys()].filter((movie) => has(facts[movie]!));
}

function meanOfKnown(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Null for NaN, which JSON does not have. */
function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function checkShapes(options: EvaluateOptions): void {
  const { labels, targets, facts, subsets, baselines, thresholds } = options;
  const size = facts.length * labels.length;
  const shape = `[${facts.length} movies, ${labels.length} labels]`;
  const issues: string[] = [];
  const check = (what: string, length: number, expected: number, unit: string) => {
    if (length !== expected) issues.push(`${what}: expected ${expected} ${unit}, got ${length}`);
  };
  if (labels.length === 0) issues.push("labels: expected at least one");
  if (subsets.length === 0) issues.push("subsets: expected at least one");
  check("targets", targets.length, size, `values ${shape}`);
  check("thresholds", thresholds.length, labels.length, "values, one per label");
  for (const { name, scores } of [...subsets, ...baselines]) {
    if (scores) check(`scores of "${name}"`, scores.length, size, `values ${shape}`);
  }
  if (issues.length > 0) throw new Error(`evaluate: ${issues.join("; ")}`);
}
