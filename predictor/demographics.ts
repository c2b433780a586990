/** The choices for describing a user: the values in a bundle's data set, with names for people. */

import type { UserGroups } from "./preprocess/ratings.ts";

export interface DemographicChoice<Value> {
  /** As the data set has it. */
  readonly value: Value;
  readonly name: string;
}

/** A list is empty where the data set does not have the attribute. */
export interface DemographicChoices {
  readonly genders: readonly DemographicChoice<string>[];
  readonly ages: readonly DemographicChoice<number>[];
  readonly occupations: readonly DemographicChoice<number>[];
}

/** MovieLens' codes (README of ml-1m), which its files do not explain. */
const MOVIELENS_GENDERS: ReadonlyMap<string, string> = new Map([
  ["F", "female"],
  ["M", "male"],
]);
const MOVIELENS_OCCUPATIONS = [
  "other",
  "academic or educator",
  "artist",
  "clerical or administrative",
  "college or graduate student",
  "customer service",
  "doctor or health care",
  "executive or managerial",
  "farmer",
  "homemaker",
  "school student",
  "lawyer",
  "programmer",
  "retired",
  "sales or marketing",
  "scientist",
  "self-employed",
  "technician or engineer",
  "tradesman or craftsman",
  "unemployed",
  "writer",
];

/** Gives names to MovieLens' codes only; those of other data sets are shown as they are. */
export function demographicChoices({ genders, ages, occupations }: UserGroups): DemographicChoices {
  const knownOccupations =
    occupations.length === MOVIELENS_OCCUPATIONS.length &&
    occupations.every((code, i) => code === i);
  return {
    genders: genders.map((value) => ({ value, name: MOVIELENS_GENDERS.get(value) ?? value })),
    ages: ages.map((value, i) => ({ value, name: nameAges(ages, i) })),
    occupations: occupations.map((value) => ({
      value,
      name: knownOccupations ? MOVIELENS_OCCUPATIONS[value]! : `occupation ${value}`,
    })),
  };
}

/** The first range includes everybody younger. */
function nameAges(ages: readonly number[], i: number): string {
  const next = ages[i + 1];
  if (next === undefined) return i === 0 ? "any age" : `${ages[i]} and over`;
  if (i === 0) return `under ${next}`;
  return next === ages[i]! + 1 ? `${ages[i]}` : `${ages[i]} to ${next - 1}`;
}
