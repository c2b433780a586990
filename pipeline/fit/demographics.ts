/** Bounds how many demographic groups there are: each has a vector, and every combination of values is a group. */

import type { User } from "../dataset/dataset.ts";

/** MovieLens 1M has 528 groups. A column of zip codes in place of genders would make millions. */
const MAX_GROUPS = 4096;

const ATTRIBUTES = ["gender", "age", "occupation"] as const;
type Attribute = (typeof ATTRIBUTES)[number];

export interface BoundedUsers {
  /** In the order given; a rare value counts as not known, a rare age as the next lower one that is kept. */
  readonly users: readonly User[];
  /** What was bounded, a sentence each; empty for most data sets. */
  readonly notes: readonly string[];
}

/**
 * Users whose values make at most `MAX_GROUPS` groups: as long as there are more, the attribute with the most values loses its
 * rarest one.
 */
export function boundDemographics(users: readonly User[]): BoundedUsers {
  const values = ATTRIBUTES.map((attribute) => frequencies(users, attribute));
  const sizes = values.map(({ length }) => length);
  while (values.reduce((product, { length }) => product * (length + 1), 1) > MAX_GROUPS) {
    values.reduce((most, list) => (list.length > most.length ? list : most)).pop();
  }
  if (values.every(({ length }, i) => length === sizes[i])) return { users, notes: [] };
  const [genders, ages, occupations] = values.map((list) => new Set(list));
  const lowerAges = [...ages!].sort((a, b) => Number(b) - Number(a)) as number[];
  return {
    users: users.map(({ id, gender, age, occupation }) => ({
      id,
      ...(gender !== undefined && genders!.has(gender) ? { gender } : {}),
      ...ageOf(age === undefined ? undefined : lowerAges.find((lower) => lower <= age)),
      ...(occupation !== undefined && occupations!.has(occupation) ? { occupation } : {}),
    })),
    notes: ATTRIBUTES.flatMap((attribute, i) =>
      values[i]!.length === sizes[i]
        ? []
        : `users have ${sizes[i]} values of ${attribute}, of which the ${values[i]!.length} most frequent are told apart, for at most ${MAX_GROUPS} demographic groups; is the column right?`,
    ),
  };
}

const ageOf = (age: number | undefined) => (age === undefined ? {} : { age });

/** Distinct known values, the most frequent first, of equal ones the first in the data. */
function frequencies(users: readonly User[], attribute: Attribute): (string | number)[] {
  const counts = new Map<string | number, number>();
  for (const user of users) {
    const value = user[attribute];
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value);
}
