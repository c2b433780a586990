/** Limits the number of demographic groups: every combination of values is a group with its own vector. */

import type { User } from "../dataset/dataset.ts";

/** MovieLens 1M has 528 groups; zip codes in the column of genders would give millions. */
const MAX_GROUPS = 4096;

const ATTRIBUTES = ["gender", "age", "occupation"] as const;
type Attribute = (typeof ATTRIBUTES)[number];

export interface BoundedUsers {
  /** The users in the same order. A removed value is left out; a removed age becomes the next lower remaining one. */
  readonly users: readonly User[];
  /** A message per attribute with removed values; usually empty. */
  readonly notes: readonly string[];
}

/** Removes the rarest value of the attribute with the most values until there are at most `MAX_GROUPS` groups. */
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
        : `users have ${sizes[i]} values of ${attribute}; only the ${values[i]!.length} most frequent are distinguished, for at most ${MAX_GROUPS} demographic groups. Is the column correct?`,
    ),
  };
}

const ageOf = (age: number | undefined) => (age === undefined ? {} : { age });

/** Distinct known values, the most frequent first; equally frequent ones in the order of the data. */
function frequencies(users: readonly User[], attribute: Attribute): (string | number)[] {
  const counts = new Map<string | number, number>();
  for (const user of users) {
    const value = user[attribute];
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value);
}
