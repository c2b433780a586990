/** Fallback vectors: the mean of the known users who share an unknown user's gender, age or occupation. */

import {
  countGroups,
  FIRST_USER_ROW,
  type GroupKey,
  groupIndex,
  groupKey,
  UNKNOWN_USER_ROW,
  type UserGroups,
} from "../../predictor/preprocess/ratings.ts";
import type { User } from "../dataset/dataset.ts";

/** Prior weight, in users, that shrinks a group's mean towards that of the next wider group. */
const GROUP_PRIOR = 20;

interface UserTable {
  /** float32 [rows, dimensions] */
  readonly table: Float32Array;
  /** float32 [rows] */
  readonly means: Float32Array;
  readonly dimensions: number;
}

export interface GroupedUserTable extends UserTable {
  readonly groups: UserGroups;
  /** Row of the group of each row of the table; `UNKNOWN_USER_ROW` for rows without a group. */
  readonly groupRowOf: Uint32Array;
  /** Row of the group of each user in the data set. */
  readonly rowOfUser: Uint32Array;
}

/**
 * Adds a row to the known users' table for each combination of known attributes: the mean of the users who have them,
 * shrunk towards the group with one attribute less (first without the occupation, then without the age).
 *
 * @param known Index of each known user in `users`; the i-th one has row i + FIRST_USER_ROW of the table.
 */
export function groupRows(
  users: readonly User[],
  known: readonly number[],
  { table, means, dimensions: D }: UserTable,
): GroupedUserTable {
  const groups = listGroups(users);
  const first = FIRST_USER_ROW + known.length;
  const count = countGroups(groups);
  const rowOfKey = (key: GroupKey) => {
    const index = groupIndex(key, groups);
    return index === 0 ? UNKNOWN_USER_ROW : first + index;
  };

  const sums = new Float64Array(count * (D + 1));
  const members = new Float64Array(count);
  for (const [i, user] of known.entries()) {
    const row = FIRST_USER_ROW + i;
    for (const subset of subsets(groupKey(users[user]!, groups))) {
      const group = groupIndex(subset, groups);
      members[group]!++;
      for (let k = 0; k < D; k++) sums[group * (D + 1) + k]! += table[row * D + k]!;
      sums[group * (D + 1) + D]! += means[row]!;
    }
  }

  const rows = new Float32Array((first + count) * D);
  rows.set(table);
  const rowMeans = new Float32Array(first + count);
  rowMeans.set(means);
  // In the order of the keys, a group comes after the wider one that it is shrunk towards.
  for (const key of allKeys(groups)) {
    const group = groupIndex(key, groups);
    if (group === 0) continue;
    const row = first + group;
    const wider = rowOfKey(widened(key));
    const weight = 1 / (members[group]! + GROUP_PRIOR);
    for (let k = 0; k < D; k++) {
      rows[row * D + k] =
        (sums[group * (D + 1) + k]! + GROUP_PRIOR * rows[wider * D + k]!) * weight;
    }
    rowMeans[row] = (sums[group * (D + 1) + D]! + GROUP_PRIOR * rowMeans[wider]!) * weight;
  }

  const rowOfUser = Uint32Array.from(users, (user) => rowOfKey(groupKey(user, groups)));
  const groupRowOf = new Uint32Array(first + count).fill(UNKNOWN_USER_ROW);
  for (const [i, user] of known.entries()) groupRowOf[FIRST_USER_ROW + i] = rowOfUser[user]!;
  for (let group = 1; group < count; group++) groupRowOf[first + group] = first + group;
  return { groups, table: rows, means: rowMeans, dimensions: D, groupRowOf, rowOfUser };
}

function listGroups(users: readonly User[]): UserGroups {
  const distinct = <T>(values: (T | undefined)[]) =>
    [...new Set(values)].filter((value) => value !== undefined);
  const ascending = (a: number, b: number) => a - b;
  return {
    genders: distinct(users.map(({ gender }) => gender)).sort(),
    ages: distinct(users.map(({ age }) => age)).sort(ascending),
    occupations: distinct(users.map(({ occupation }) => occupation)).sort(ascending),
  };
}

/** The key with any of its known attributes replaced by unknown: 8 keys if all three are known. */
function subsets([gender, age, occupation]: GroupKey): GroupKey[] {
  const orNot = (value: number) => (value === 0 ? [0] : [0, value]);
  return orNot(gender).flatMap((g) =>
    orNot(age).flatMap((a) => orNot(occupation).map((o): GroupKey => [g, a, o])),
  );
}

/** The key of the next wider group. */
function widened([gender, age, occupation]: GroupKey): GroupKey {
  if (occupation > 0) return [gender, age, 0];
  if (age > 0) return [gender, 0, 0];
  return [0, 0, 0];
}

function allKeys({ genders, ages, occupations }: UserGroups): GroupKey[] {
  const upTo = (values: readonly unknown[]) =>
    Array.from({ length: values.length + 1 }, (_, i) => i);
  return upTo(genders).flatMap((g) =>
    upTo(ages).flatMap((a) => upTo(occupations).map((o): GroupKey => [g, a, o])),
  );
}
