/** All metrics of a run: every subset of inputs and every baseline, over all movies and by group. */

import type { Nouns } from "../../predictor/nouns.ts";
import { selectRows } from "../common/matrix.ts";
import { calibrate } from "../targets/calibration.ts";
import type {
  Calibration,
  Detail,
  Figure,
  FittedTarget,
  TargetName,
  Thresholds,
  Truth,
} from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import type { Baseline } from "./baselines.ts";
import { bootstrapMean, type Interval } from "./bootstrap.ts";
import {
  allMovies,
  type Grouping,
  type MovieFacts,
  type MovieGroup,
  movieGroups,
  withInput,
} from "./facts.ts";

/** The exported graph's answers from a subset of the inputs, for N movies and L outputs. */
export interface SubsetScores {
  readonly name: string;
  readonly inputs: readonly string[];
  /** [N, L] */
  readonly scores: Float32Array;
}

export interface EvaluateOptions {
  readonly target: FittedTarget;
  /** What is true [N, L]. */
  readonly truth: Truth;
  /** [N] */
  readonly facts: readonly MovieFacts[];
  readonly grouping: Grouping;
  readonly subsets: readonly SubsetScores[];
  readonly baselines: readonly Baseline[];
  /** Inputs that the model leaves out: subsets of nothing else have no figures. */
  readonly leftOut?: readonly string[];
  /** Tuned on other movies. */
  readonly thresholds: Thresholds | undefined;
  /** Seed of the bootstrap; all rows of a group use the same resamples. */
  readonly seed: number;
}

/** Result for one group of movies. */
export interface GroupResult {
  readonly group: string;
  readonly movies: number;
  /** Score in the target's metric; null if no movie of the group has a value, or the row has no figures. */
  readonly score: Interval | null;
  /** Calibration, as for the row. */
  readonly calibration: Calibration | null;
}

/**
 * One row of the results: a subset of inputs, or a baseline. All its figures are null where the model leaves out all of the
 * inputs, or where the baseline could not be fitted.
 */
export interface ScoredRow {
  readonly name: string;
  readonly kind: "model" | "baseline";
  /** The groups of inputs that it is given; empty for a baseline that always answers the same. */
  readonly inputs: readonly string[];
  /** The group of movies that this row's metrics are over; `groups` has all groups. */
  readonly population: string;
  readonly movies: number;
  /** Score in the target's metric. */
  readonly score: Interval | null;
  /** Figures of the report's columns, in order. */
  readonly figures: readonly Figure[];
  /** Null for baselines, and for targets without probabilities. */
  readonly calibration: Calibration | null;
  readonly groups: readonly GroupResult[];
}

/** Plain JSON. */
export interface EvaluationReport {
  readonly target: TargetName;
  readonly movies: number;
  /** Names of the outputs. */
  readonly labels: readonly string[];
  readonly nouns: Nouns;
  readonly seed: number;
  /** Name of the target's metric, and its range. */
  readonly metric: string;
  readonly better: "larger" | "smaller";
  /** Names of further figures, by table. */
  readonly columns: readonly (readonly string[])[];
  /** Subsets in the order given, then baselines. */
  readonly rows: readonly ScoredRow[];
  /** Name of the row with the most inputs, which `detail` refers to. */
  readonly fullRow: string;
  /** What the target has to show beside the rows. */
  readonly detail: Detail;
}

/**
 * Scores every subset and baseline on all movies; an image alone only on movies with an image, because it has no input for
 * the others.
 *
 * @throws Error naming every matrix and list whose shape does not fit.
 */
export function evaluate(options: EvaluateOptions): EvaluationReport {
  checkShapes(options);
  const { target, truth, subsets, facts, seed, thresholds, grouping } = options;
  const rules = rulesOf(target);
  const full = subsets.reduce((a, b) => (b.inputs.length > a.inputs.length ? b : a));
  return {
    target: target.type,
    movies: facts.length,
    labels: [...target.outputs],
    nouns: grouping.nouns,
    seed,
    metric: rules.metric.name,
    better: rules.metric.better,
    columns: rules.columns(target),
    rows: [
      ...subsets.map(({ name, inputs, scores }) => {
        const known = inputs.some((input) => !options.leftOut?.includes(input));
        return scoreRow({ name, inputs, scores: known ? scores : null }, "model", options);
      }),
      ...options.baselines.map((baseline) => scoreRow(baseline, "baseline", options)),
    ],
    fullRow: full.name,
    detail: rules.detail(
      { scores: full.scores, truth, target },
      { thresholds, present: facts.map(({ present }) => shownOf(present, full.inputs)) },
    ),
  };
}

/** The row named `report.fullRow`; undefined only in reports made by hand. */
export function fullRowOf({ rows, fullRow }: EvaluationReport): ScoredRow | undefined {
  return rows.find(({ name, kind }) => kind === "model" && name === fullRow);
}

function scoreRow(
  { name, inputs, scores }: Pick<SubsetScores, "name" | "inputs"> & Pick<Baseline, "scores">,
  kind: ScoredRow["kind"],
  { target, truth, facts, thresholds, seed, grouping }: EvaluateOptions,
): ScoredRow {
  const { metric, columns, figures, calibration } = rulesOf(target);
  const width = target.outputs.length;
  const all = movieGroups(grouping);
  const population = populationOf(kind === "model" ? inputs : [], grouping);
  const members = indicesWhere(facts, population.has);
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
      score: null,
      figures: columns(target)
        .flat()
        .map((column) => ({ metric: column, value: null })),
      calibration: null,
      groups: all.map(({ name: group, has }) => ({
        group,
        movies: indicesWhere(facts, has).length,
        score: null,
        calibration: null,
      })),
    };
  }
  const scoredOf = (movies: readonly number[]) => ({
    scores: selectRows(scores, movies, width),
    truth: selectRows(truth, movies, width),
    target,
  });
  const values = metric.perItem(scores, truth, width);
  const groups = all.map((group): GroupResult => {
    const movies = indicesWhere(facts, group.has);
    const score = bootstrapMean(
      movies.map((movie) => values[movie]!),
      { seed },
    );
    return {
      group: group.name,
      movies: movies.length,
      score: score ?? null,
      calibration:
        kind === "model" && calibration ? calibrate(calibration.pairs(scoredOf(movies))) : null,
    };
  });
  const own = groups.find(({ group }) => group === population.name)!;
  // Baselines have no tuned thresholds.
  const decisions =
    kind === "model"
      ? { thresholds, present: members.map((i) => shownOf(facts[i]!.present, inputs)) }
      : undefined;
  return {
    ...row,
    score: own.score,
    figures: figures(scoredOf(members), decisions),
    calibration: own.calibration,
    groups,
  };
}

/** The group of movies that figures from a subset of the inputs are over. */
export function populationOf(inputs: readonly string[], grouping: Grouping): MovieGroup {
  const [input] = inputs;
  const imageOnly = inputs.length === 1 && grouping.images.includes(input!);
  const wanted = imageOnly ? withInput(input!) : allMovies(grouping);
  return movieGroups(grouping).find(({ name }) => name === wanted)!;
}

function shownOf(present: readonly string[], shown: readonly string[]): readonly string[] {
  return present.filter((group) => shown.includes(group));
}

function indicesWhere(facts: readonly MovieFacts[], has: (movie: MovieFacts) => boolean): number[] {
  return [...facts.keys()].filter((movie) => has(facts[movie]!));
}

function checkShapes(options: EvaluateOptions): void {
  const { target, truth, facts, subsets, baselines, thresholds } = options;
  const width = target.outputs.length;
  const size = facts.length * width;
  const shape = `[${facts.length} movies, ${width} outputs]`;
  const issues: string[] = [];
  const check = (what: string, length: number, expected: number, unit: string) => {
    if (length !== expected) issues.push(`${what}: expected ${expected} ${unit}, got ${length}`);
  };
  if (width === 0) issues.push("outputs: expected at least one");
  if (subsets.length === 0) issues.push("subsets: expected at least one");
  check("truth", truth.length, size, `values ${shape}`);
  if (thresholds) {
    check("thresholds", thresholds.perLabel.length, width, "values, one per label");
  }
  for (const { name, scores } of [...subsets, ...baselines]) {
    if (scores) check(`scores of "${name}"`, scores.length, size, `values ${shape}`);
  }
  if (issues.length > 0) throw new Error(`evaluate: ${issues.join("; ")}`);
}
