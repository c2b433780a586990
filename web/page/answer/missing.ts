/** What each missing group of inputs would add, from the figures that the bundle's own evaluation measured. */

import type { Curve } from "../../../predictor/curve.ts";
import { strings } from "../../strings/strings.ts";
import type { Figure } from "../targets/targetView.ts";
import { readable } from "../wording.ts";

/** What was given of an item. */
export interface Given {
  /** Groups of inputs, in the order of the bundle's. */
  readonly groups: readonly string[];
  /** Number of values of inputs that are lists, by their group. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface Gain {
  /** The group to be added. */
  readonly group: string;
  /** Whether it is there, and more of its values are to be added. */
  readonly more: boolean;
  /** The figure from what was given. */
  readonly before: number;
  /** The figure with the group added; by its number of values if it is a list, fewest first. */
  readonly after: readonly Step[];
}

interface Step {
  readonly value: number;
  /** Number of values; undefined for a group that is not a list. */
  readonly count?: number;
}

export interface Measured {
  /** All groups, in the order in which the figures' names have them. */
  readonly groups: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
  /** By the group of their list. */
  readonly curves: Readonly<Record<string, Curve>>;
  readonly figure: Figure;
}

/** Numbers of values of a list that a gain names, where the curve has them. */
const NAMED = [1, 10, 100];

/**
 * Figures of few values come from the curve of their list. If several lists are given, that of the first counts.
 *
 * @returns One for each missing group that the bundle has figures for, and for each list that can grow; the best first.
 */
export function gainsOf(given: Given, measured: Measured): Gain[] {
  const { groups, curves, figure } = measured;
  const better = figure.better === "larger" ? 1 : -1;
  return groups
    .flatMap((group) => {
      const curve = curves[group];
      if (given.groups.includes(group)) return curve ? growth(group, curve, given) : [];
      return curve ? addition(group, curve, given) : filling(group, given, measured);
    })
    .sort((a, b) => better * (last(b) - last(a)));
}

function last({ after }: Gain): number {
  return after.at(-1)!.value;
}

/** A list that is there, with more values. */
function growth(group: string, curve: Curve, { groups, counts }: Given): Gain[] {
  const count = counts[group] ?? 0;
  const values = valuesOf(curve, groups);
  return gain(group, true, values?.[placeOf(curve, count)], steps(curve, values, count));
}

/** A list that is missing. */
function addition(group: string, curve: Curve, { groups }: Given): Gain[] {
  const values = valuesOf(curve, [...groups, group]);
  return gain(group, false, values?.[0], steps(curve, values, 0));
}

/** Any other group that is missing. */
function filling(group: string, given: Given, { groups, metrics, curves, figure }: Measured) {
  const together = groups.filter((other) => other === group || given.groups.includes(other));
  const list = given.groups.find((other) => curves[other]);
  const figureOf = (shown: readonly string[]) => {
    if (list === undefined) return metrics[figure.key(shown)];
    const curve = curves[list]!;
    return valuesOf(curve, shown)?.[placeOf(curve, given.counts[list] ?? 0)];
  };
  const value = figureOf(together);
  return gain(group, false, figureOf(given.groups), isKnown(value) ? [{ value }] : []);
}

function gain(
  group: string,
  more: boolean,
  before: number | null | undefined,
  after: readonly Step[],
): Gain[] {
  if (!isKnown(before) || after.length === 0) return [];
  return [{ group, more, before, after }];
}

function isKnown(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}

/** The named counts above the one given. */
function steps({ counts }: Curve, values: CurveValues | undefined, above: number): Step[] {
  return NAMED.flatMap((count) => {
    const value = values?.[counts.indexOf(count)];
    return count > above && isKnown(value) ? [{ count, value }] : [];
  });
}

type CurveValues = Curve["subsets"][number]["values"];

/** The figures from exactly these groups. */
function valuesOf({ subsets }: Curve, groups: readonly string[]): CurveValues | undefined {
  return subsets.find(
    (subset) =>
      subset.groups.length === groups.length && subset.groups.every((g) => groups.includes(g)),
  )?.values;
}

/** Where the curve has at most so many values. Never "all", which is many more for most items. */
function placeOf({ counts }: Curve, count: number): number {
  return counts.findLastIndex((most) => most !== null && most <= count);
}

/** The number of values that figures of an item with so many are of. */
export function measuredCount(curve: Curve, count: number): number {
  return curve.counts[placeOf(curve, count)]!;
}

/** "Add the poster", "Add more ratings" */
export function addIt(group: string, more = false): string {
  const { add, addMore } = strings.gains;
  return more ? addMore(readable(group)) : add(readable(group));
}

export function describeGain({ group, more, before, after }: Gain, figure: Figure): string {
  const { name, worthwhile, write } = figure;
  const { reachedWith, hardly, rises, falls } = strings.gains;
  const reached = after.map(({ value, count }) =>
    count === undefined ? write(value) : reachedWith(write(value), count),
  );
  const change = after.at(-1)!.value - before;
  const add = addIt(group, more);
  if (Math.abs(change) < worthwhile) return hardly(add, name, write(before), reached.at(-1)!);
  return (change > 0 ? rises : falls)(add, name, write(before), reached);
}
