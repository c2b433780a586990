/** Fits a number's scale and the places of its smooth steps. */

import type { NumberFeatures, NumberSpec } from "../../../predictor/inputs/number.ts";
import type { LabelledMovie } from "../../dataset/dataset.ts";
import type { InputFit } from "../../fit/inputFit.ts";
import { quantile } from "../../fit/quantile.ts";
import { sectionOf } from "../options.ts";
import { type FittedTableOptions, tableOptions } from "../table/fit.ts";
import type { DeclaredNumber } from "./data.ts";

export interface NumberInput {
  readonly type: "number";
  readonly spec: NumberSpec;
  /** Options of the table that the number is a column of; undefined beside another input. */
  readonly options?: FittedTableOptions | undefined;
  /** What is fitted to the training values; undefined for release years. */
  readonly fit?: NumberFit | undefined;
  /** Only of release years: where their smooth functions are; default: those of films up to 2000. */
  readonly years?: YearRange | undefined;
}

export interface NumberFit {
  /** Standardised numbers are clipped to this distance from 0. */
  readonly clip: number;
  /** Ascending ends of the steps, standardised; empty: no steps. */
  readonly places: readonly number[];
}

/** Centres of the first and of the last bump function over the number; a multiple of `BUMP_INTERVAL` apart. */
export interface YearRange {
  readonly first: number;
  readonly last: number;
}
/** What the data's years may widen. */
export const FILM_YEARS: YearRange = { first: 1920, last: 2000 };
export const BUMP_INTERVAL = 5;

/** Interquartile range of a normal distribution with a standard deviation of 1. */
const NORMAL_RANGE = 1.349;
/** Options of numbers beside another input, which have none of their own. */
const BESIDE = { steps: 16, clip: 4 };

export const number: InputFit<DeclaredNumber, NumberInput> = {
  fit(name, declared, context) {
    const { config, dataset, seen } = context;
    // Beside another input, the section of the group's name is that input's.
    const section = sectionOf(config, declared.group ?? name);
    const options =
      section && "steps" in section ? tableOptions(name, declared, context) : undefined;
    if (declared.from !== undefined) {
      return { type: "number", spec: declared, options };
    }
    const values = seen.flatMap(({ values }) => (values[name] as number | undefined) ?? []);
    const { center, scale: usual } = scaleOf(values);
    // Of all splits: a number beyond float32 once it is scaled would be refused, and end the run.
    const scale = Math.max(usual, reachOf(dataset.movies, name, center) / LARGEST_SCALED);
    const { clip, steps } = options ?? BESIDE;
    const sorted = Float64Array.from(values, (value) => (value - center) / scale).sort();
    const places =
      steps === 0 || sorted.length === 0
        ? []
        : Array.from({ length: steps + 1 }, (_, i) => quantile(sorted, i / steps));
    return {
      type: "number",
      spec: { ...declared, center, scale },
      options,
      fit: { clip, places: distinct(places) },
    };
  },
  // A year found in a text is there once the text is encoded.
  finish(name, draft, movies) {
    if (draft.fit !== undefined) return draft;
    const years = movies.flatMap(({ features }) => (features[name] as NumberFeatures) ?? []);
    return { ...draft, years: rangeOf(Float64Array.from(years).sort()) };
  },
};

/** Near the end of float32. */
const LARGEST_SCALED = 3e38;

/** Largest distance from the centre. */
function reachOf(movies: readonly LabelledMovie[], name: string, center: number): number {
  return movies.reduce((most, { values }) => {
    const value = values[name] as number | undefined;
    return value === undefined ? most : Math.max(most, Math.abs(value - center));
  }, 0);
}

/** Share of the years that may lie before the range, and after it: some are typing errors. */
const OUTSIDE = 0.005;

/** The years of films up to 2000, widened to whole intervals that hold what is in the data. */
function rangeOf(sorted: Float64Array): YearRange {
  if (sorted.length === 0) return FILM_YEARS;
  const { first, last } = FILM_YEARS;
  const intervals = (share: number) => quantile(sorted, share) / BUMP_INTERVAL;
  return {
    first: Math.min(first, Math.floor(intervals(OUTSIDE)) * BUMP_INTERVAL),
    last: Math.max(last, Math.ceil(intervals(1 - OUTSIDE)) * BUMP_INTERVAL),
  };
}

/** Median, and the interquartile range as that of a normal distribution; where it is 0, the standard deviation. */
function scaleOf(values: readonly number[]): { center: number; scale: number } {
  if (values.length === 0) return { center: 0, scale: 1 };
  const sorted = Float64Array.from(values).sort();
  const center = quantile(sorted, 0.5);
  const range = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / NORMAL_RANGE;
  if (range > 0) return { center, scale: range };
  const variance = sorted.reduce((sum, value) => sum + (value - center) ** 2, 0) / sorted.length;
  return { center, scale: variance > 0 ? Math.sqrt(variance) : 1 };
}

/** Without repeats, and without places so close that float32 could not tell them apart. */
function distinct(places: readonly number[]): number[] {
  const kept: number[] = [];
  for (const place of places) {
    if (kept.length === 0 || place - kept.at(-1)! > MIN_STEP) kept.push(place);
  }
  return kept.length < 2 ? [] : kept;
}

/** Shortest step, in standard deviations. */
const MIN_STEP = 1e-3;
