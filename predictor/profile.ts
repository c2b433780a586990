/**
 * What items and their predictions are like, in counts: of held-out items when a model is published, and of what it
 * serves. Far apart, they say that the model gets other items than it was trained for.
 */

import * as z from "zod";
import { type InputSpecs, typeOf } from "./inputs/types.ts";
import type { ItemFeatures } from "./item.ts";
import type { Outcome } from "./targets/targetType.ts";
import { type TargetSpec, targetTypeOf } from "./targets/types.ts";

export const PROFILE_FILE = "profile.json";
/** Increased if a reader of the old format would misread the new one. */
const PROFILE_VERSION = 1;
/** Number of bins in the histogram of scores: tenths of the reference. */
const BINS = 10;

/** What is counted of one item. */
export interface Observation {
  /** See `score` of the target's type. */
  readonly score: number;
  /** Positions among the target's names. */
  readonly selected: readonly number[];
  /** By position among the inputs. */
  readonly present: readonly boolean[];
  /** By position among the inputs, 0..1: see `unknownShare` of their types; 0 where the input is absent. */
  readonly unknown: readonly number[];
}

/** Counts of several items; those of unknown values are sums of shares. */
export interface Counts {
  items: number;
  /** By bin of the score. */
  readonly bins: number[];
  /** By the target's names. */
  readonly selected: number[];
  /** By input. */
  readonly present: number[];
  readonly unknown: number[];
}

/** Counts, and between which scores the bins lie. */
export interface Profile extends Counts {
  /** Ascending: bin i has the scores above edge i - 1, up to edge i. */
  readonly edges: readonly number[];
}

/** What a manifest says of the items and predictions that are counted. */
export interface Observed {
  readonly inputs: InputSpecs;
  readonly target: TargetSpec;
}

/** Makes the function that looks at an item's features and its prediction. */
export function createObserver({ inputs, target }: Observed) {
  const { score, names } = targetTypeOf(target);
  const places = new Map(names(target).map((name, place) => [name, place]));
  const types = Object.entries(inputs).map(([name, spec]) => ({ name, spec, type: typeOf(spec) }));
  return (features: ItemFeatures, outcome: Outcome): Observation => {
    const present = types.map(({ name, type }) => type.isPresent(features[name]));
    return {
      score: score(outcome),
      selected: outcome.scores
        .filter(({ selected }) => selected)
        .map(({ label }) => places.get(label)!),
      present,
      unknown: types.map(({ name, spec, type }, i) =>
        present[i] ? (type.unknownShare?.(features[name], spec) ?? 0) : 0,
      ),
    };
  };
}

/** Counts of nothing, for a profile's bins and names. */
export function emptyCounts({ bins, selected, present, unknown }: Counts): Counts {
  const zeros = (like: readonly number[]) => like.map(() => 0);
  return {
    items: 0,
    bins: zeros(bins),
    selected: zeros(selected),
    present: zeros(present),
    unknown: zeros(unknown),
  };
}

/** Adds an item to counts. */
export function countItem(
  counts: Counts,
  edges: readonly number[],
  { score, selected, present, unknown }: Observation,
): void {
  counts.items++;
  const bin = edges.findIndex((edge) => score <= edge);
  counts.bins[bin < 0 ? edges.length : bin]!++;
  for (const place of selected) counts.selected[place]!++;
  for (const [i, is] of present.entries()) if (is) counts.present[i]!++;
  for (const [i, share] of unknown.entries()) counts.unknown[i]! += share;
}

/** @param sign -1 takes them away again. */
export function addCounts(to: Counts, from: Counts, sign: 1 | -1 = 1): void {
  to.items += sign * from.items;
  for (const part of ["bins", "selected", "present", "unknown"] as const) {
    for (const [i, count] of from[part].entries()) to[part][i]! += sign * count;
  }
}

/**
 * The profile of items, whose bins have a tenth of them each, as far as scores differ.
 *
 * @returns Undefined without items.
 */
export function profileOf(
  observations: readonly Observation[],
  { inputs, target }: Observed,
): Profile | undefined {
  if (observations.length === 0) return undefined;
  const scores = observations.map(({ score }) => score).sort((a, b) => a - b);
  const cuts = Array.from({ length: BINS - 1 }, (_, i) => {
    const cut = scores[Math.floor(((i + 1) * scores.length) / BINS)]!;
    return Number(cut.toPrecision(4));
  });
  const edges = [...new Set(cuts)];
  const zeros = (length: number) => Array.from({ length }, () => 0);
  const inputCount = Object.keys(inputs).length;
  const counts: Counts = {
    items: 0,
    bins: zeros(edges.length + 1),
    selected: zeros(targetTypeOf(target).names(target).length),
    present: zeros(inputCount),
    unknown: zeros(inputCount),
  };
  for (const observation of observations) countItem(counts, edges, observation);
  return { ...counts, edges };
}

const count = z.number().nonnegative();

const profileSchema = z.strictObject({
  formatVersion: z.literal(PROFILE_VERSION),
  items: z.int().positive(),
  score: z.strictObject({ edges: z.array(z.number()), counts: z.array(count) }),
  // By the users' own names: z.record would drop the label "__proto__".
  selected: z.custom<Readonly<Record<string, number>>>(
    (value) =>
      typeof value === "object" &&
      value !== null &&
      z.array(count).safeParse(Object.values(value)).success,
    { error: "must be a count for each name" },
  ),
  inputs: z.record(z.string(), z.strictObject({ present: count, unknown: count })),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${PROFILE_FILE} is not JSON: ${(error as Error).message}`);
  }
}

/** The text of a bundle's file. */
export function writeProfile(profile: Profile, { inputs, target }: Observed): string {
  const named = <Value>(names: readonly string[], value: (i: number) => Value) =>
    Object.fromEntries(names.map((name, i) => [name, value(i)]));
  const json: z.infer<typeof profileSchema> = {
    formatVersion: PROFILE_VERSION,
    items: profile.items,
    score: { edges: [...profile.edges], counts: [...profile.bins] },
    selected: named(targetTypeOf(target).names(target), (i) => profile.selected[i]!),
    inputs: named(Object.keys(inputs), (i) => ({
      present: profile.present[i]!,
      unknown: Number(profile.unknown[i]!.toFixed(3)),
    })),
  };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}

/**
 * Reads the text of a bundle's file.
 *
 * @throws Error that says what is wrong with it, or does not fit what the bundle's manifest names.
 */
export function readProfile(text: string, { inputs, target }: Observed): Profile {
  const result = profileSchema.safeParse(parseJson(text));
  if (!result.success) {
    throw new Error(`${PROFILE_FILE} is not valid: ${z.prettifyError(result.error)}`);
  }
  const { items, score, selected, inputs: counted } = result.data;
  const valuesOf = <Value>(names: readonly string[], of: Readonly<Record<string, Value>>) =>
    names.map((name) => {
      if (!Object.hasOwn(of, name)) throw new Error(`${PROFILE_FILE} has nothing about "${name}"`);
      return of[name]!;
    });
  if (score.counts.length !== score.edges.length + 1) {
    throw new Error(`${PROFILE_FILE} is not valid: n edges need n + 1 bins`);
  }
  const parts = valuesOf(Object.keys(inputs), counted);
  return {
    items,
    edges: score.edges,
    bins: score.counts,
    selected: valuesOf(targetTypeOf(target).names(target), selected),
    present: parts.map(({ present }) => present),
    unknown: parts.map(({ unknown }) => unknown),
  };
}
