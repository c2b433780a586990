/** Splits movies into folds that preserve every label's share (iterative stratification). */

import { createPriorityQueue } from "../common/priorityQueue.ts";
import { createRandom, type Random } from "../common/random.ts";

/** Movies that stay together: a single one, or all with the same group key. */
interface SplitUnit {
  readonly members: number[];
  /** Number of members per label; labels that no member has are absent. */
  readonly labelCounts: Map<number, number>;
}

/**
 * Assigns a fold to each movie by iterative stratification of multi-label data (Sechidis, Tsoumakas and Vlahavas 2011,
 * algorithm 1): the label with the fewest movies left is distributed first, each movie to the fold that needs most of the
 * label, so that rare labels are spread before common ones fill up the folds.
 *
 * @param labelsPerMovie Label indices (integers >= 0) of each movie; may be empty.
 * @param folds Number of equal folds, or the positive relative size of each.
 * @param groups Key per movie, undefined for none; movies with equal keys share a fold.
 * @returns Fold index per movie, 0..folds-1; deterministic.
 * @throws RangeError on fewer than one fold, a size that is not positive, or `groups` of another length.
 */
export function stratifiedFolds(
  labelsPerMovie: readonly (readonly number[])[],
  folds: number | readonly number[],
  seed: number | string,
  groups?: readonly (string | undefined)[],
): number[] {
  const shares = normalisedShares(folds);
  const random = createRandom(seed).fork("stratified-folds");
  const units = collectUnits(labelsPerMovie, groups);
  random.shuffle(units);
  // Large groups go first, while the folds can still be balanced around them; the sort is stable.
  units.sort((a, b) => b.members.length - a.members.length);

  const remaining = countLabels(units);
  const wantedOfLabel = new Map(
    [...remaining].map(([label, count]) => [label, shares.map((share) => share * count)]),
  );
  const wanted = shares.map((share) => share * labelsPerMovie.length);
  const result = new Array<number>(labelsPerMovie.length).fill(-1);
  const isAssigned = ({ members }: SplitUnit) => result[members[0]!] !== -1;
  // Labels get a new entry with every movie that is assigned; earlier entries are then out of date.
  const queue = createPriorityQueue(byRarity);
  for (const [label, left] of remaining) queue.push({ label, left });

  function assign(unit: SplitUnit, fold: number) {
    for (const member of unit.members) result[member] = fold;
    wanted[fold]! -= unit.members.length;
    for (const [label, count] of unit.labelCounts) {
      wantedOfLabel.get(label)![fold]! -= count;
      const left = remaining.get(label)! - count;
      remaining.set(label, left);
      queue.push({ label, left });
    }
  }

  const unitsOf = unitsByLabel(units);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { label, left } = next;
    if (left === 0 || left !== remaining.get(label)) continue;
    const wantedHere = wantedOfLabel.get(label)!;
    for (const unit of unitsOf.get(label)!) {
      if (!isAssigned(unit)) assign(unit, neediest(wantedHere, wanted, random));
    }
  }
  for (const unit of units) {
    if (!isAssigned(unit)) assign(unit, neediest(wanted, wanted, random)); // movies without labels
  }
  return result;
}

/**
 * Holds out a stratified share of the movies for validation.
 *
 * @param strata Of each movie, for instance the indices of its labels; may be empty.
 * @param fraction Share of the validation part, in (0, 1). Each label meets it to within about one movie; the size of the
 *   whole part deviates a little more, because movies have several labels.
 * @param groups See `stratifiedFolds`.
 * @returns Indices of movies, ascending; each index is in exactly one part.
 * @throws RangeError if the fraction is not between 0 and 1.
 */
export function validationSplit(
  strata: readonly (readonly number[])[],
  fraction: number,
  seed: number | string,
  groups?: readonly (string | undefined)[],
): { train: number[]; validation: number[] } {
  if (!(fraction > 0 && fraction < 1)) {
    throw new RangeError(`validation fraction must be between 0 and 1, got ${fraction}`);
  }
  const folds = stratifiedFolds(strata, [1 - fraction, fraction], seed, groups);
  topUpValidation(folds, fraction, seed, groups);
  const train: number[] = [];
  const validation: number[] = [];
  for (const [index, fold] of folds.entries()) (fold === 0 ? train : validation).push(index);
  return { train, validation };
}

/**
 * Moves random movies to the validation part (fold 1), until it has at least half of its share. If nearly all labels are
 * rare, stratification puts their movies into the larger part and leaves the smaller one empty. Groups that would take it
 * beyond its share stay where they are, unless it were empty: the smallest one is then moved.
 */
function topUpValidation(
  folds: number[],
  fraction: number,
  seed: number | string,
  groups: readonly (string | undefined)[] | undefined,
): void {
  const wanted = Math.ceil((fraction * folds.length) / 2);
  let size = folds.reduce((sum, fold) => sum + fold, 0);
  if (size >= wanted) return;
  const random = createRandom(seed).fork("validation-top-up");
  const order = [...folds.keys()];
  random.shuffle(order);
  const membersOf = new Map<string, number[]>();
  for (const [index, key] of (groups ?? []).entries()) {
    if (key !== undefined) addTo(membersOf, key, index);
  }
  const unitOf = (index: number) => {
    const key = groups?.[index];
    return key === undefined ? [index] : membersOf.get(key)!;
  };
  const move = (members: readonly number[]) => {
    for (const member of members) folds[member] = 1;
    size += members.length;
  };
  const most = Math.ceil(fraction * folds.length);
  for (const index of order) {
    if (size >= wanted) return;
    const members = unitOf(index);
    if (folds[index] === 0 && size + members.length <= most) move(members);
  }
  if (size > 0) return;
  const smallest = order
    .map(unitOf)
    .reduce((least, unit) => (unit.length < least.length ? unit : least));
  // The training part must not become empty.
  if (smallest.length < folds.length) move(smallest);
}

/** Shares that sum to 1. */
function normalisedShares(folds: number | readonly number[]): number[] {
  if (typeof folds === "number") {
    if (!Number.isInteger(folds) || folds < 1) {
      throw new RangeError(`the number of folds must be an integer of at least 1, got ${folds}`);
    }
    return new Array<number>(folds).fill(1 / folds);
  }
  const sum = folds.reduce((total, size) => total + size, 0);
  if (folds.length === 0 || !folds.every((size) => size > 0) || !Number.isFinite(sum)) {
    throw new RangeError(`fold sizes must be positive, got [${folds.join(", ")}]`);
  }
  return folds.map((size) => size / sum);
}

function collectUnits(
  labelsPerMovie: readonly (readonly number[])[],
  groups: readonly (string | undefined)[] | undefined,
): SplitUnit[] {
  if (groups && groups.length !== labelsPerMovie.length) {
    throw new RangeError(
      `expected one group key per item (${labelsPerMovie.length}), got ${groups.length}`,
    );
  }
  const units: SplitUnit[] = [];
  const unitOfKey = new Map<string, SplitUnit>();
  for (const [index, labels] of labelsPerMovie.entries()) {
    const key = groups?.[index];
    let unit = key === undefined ? undefined : unitOfKey.get(key);
    if (!unit) {
      unit = { members: [], labelCounts: new Map() };
      units.push(unit);
      if (key !== undefined) unitOfKey.set(key, unit);
    }
    unit.members.push(index);
    for (const label of new Set(labels)) {
      unit.labelCounts.set(label, (unit.labelCounts.get(label) ?? 0) + 1);
    }
  }
  return units;
}

function countLabels(units: readonly SplitUnit[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const unit of units) {
    for (const [label, count] of unit.labelCounts) {
      counts.set(label, (counts.get(label) ?? 0) + count);
    }
  }
  return counts;
}

/** The units that have each label, in the given order. */
function unitsByLabel(units: readonly SplitUnit[]): Map<number, SplitUnit[]> {
  const unitsOf = new Map<number, SplitUnit[]>();
  for (const unit of units) {
    for (const label of unit.labelCounts.keys()) addTo(unitsOf, label, unit);
  }
  return unitsOf;
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** A label and the number of its movies left. */
interface LabelLeft {
  readonly label: number;
  readonly left: number;
}

/** The label with the fewest movies left first, ties broken by index. */
function byRarity(a: LabelLeft, b: LabelLeft): number {
  return a.left - b.left || a.label - b.label;
}

/** Demands that differ by less are equal: they are sums of products of shares and carry rounding errors. */
const TIE = 1e-9;

/** The fold that needs most of the label, ties broken by the number of movies needed, then at random. */
function neediest(ofLabel: readonly number[], ofAny: readonly number[], random: Random): number {
  let best: number[] = [];
  for (let fold = 0; fold < ofLabel.length; fold++) {
    const first = best[0];
    const gain =
      first === undefined
        ? 1
        : compare(ofLabel[fold]!, ofLabel[first]!) || compare(ofAny[fold]!, ofAny[first]!);
    if (gain > 0) best = [fold];
    else if (gain === 0) best.push(fold);
  }
  return best.length === 1 ? best[0]! : best[random.int(best.length)]!;
}

function compare(a: number, b: number): number {
  return Math.abs(a - b) < TIE ? 0 : a - b;
}
