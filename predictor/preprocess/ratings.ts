/** An item's ratings -> the rows of the user table and the stars that the graph reads. */

import { InputError } from "../errors.ts";
import { issueOf } from "../issues.ts";

/** What training learned about users. */
export interface UserSpec {
  /** Ids of the users that have a vector: `users[i]` has row `i + FIRST_USER_ROW` of the user table. */
  readonly users: readonly string[];
  /** The users' demographics: a user without a vector has the row of the group that matches. */
  readonly groups: UserGroups;
  /** Range of the stars in the data set. */
  readonly stars: { readonly min: number; readonly max: number };
  /** Most ratings accepted for one item. */
  readonly maxRatings: number;
}

/** Values of the demographics that the data set has, each list possibly empty. */
export interface UserGroups {
  readonly genders: readonly string[];
  /** Ascending lower bounds of age ranges (MovieLens: 1, 18, 25, 35, 45, 50, 56). */
  readonly ages: readonly number[];
  /** Codes (MovieLens: 0 to 20). */
  readonly occupations: readonly number[];
}

/** What may be known of a user besides the id. */
export interface Demographics {
  /** One of the data set's, in any case. */
  readonly gender?: string | undefined;
  /** Years; counts for the range that holds it. */
  readonly age?: number | undefined;
  readonly occupation?: number | undefined;
}

export interface Rating extends Demographics {
  /** Where the model does not know this id, or there is none, the demographics count. */
  readonly user?: string | undefined;
  readonly stars: number;
}

/** Row that holds zeros; places beside a movie's last rating point here, with 0 stars. */
export const NO_USER_ROW = 0;
/** Row shared by all users of whom nothing is known. */
export const UNKNOWN_USER_ROW = 1;
export const FIRST_USER_ROW = 2;

/** Years; more is a mistake. */
export const MAX_AGE = 150;

/**
 * Number of demographic groups, which have the rows after the known users'. Every attribute may be unknown, so that there
 * is a group for each subset of what is known; the first one, where nothing is, is never used.
 */
export function countGroups({ genders, ages, occupations }: UserGroups): number {
  return (genders.length + 1) * (ages.length + 1) * (occupations.length + 1);
}

/** Positions in the lists of `groups`, each 1-based; 0 where the attribute is not known. */
export type GroupKey = readonly [gender: number, age: number, occupation: number];

/**
 * Where a user stands among the groups of the data set. An attribute that the data set does not have counts as unknown: the
 * same rating may be sent to any model.
 *
 * @throws InputError naming the first attribute that is not valid, or whose value the data set does not have.
 */
export function groupKey(user: Demographics, groups: UserGroups): GroupKey {
  const { gender, age, occupation } = user;
  const issue = ageIssue(age) ?? genderIssue(gender, groups) ?? occupationIssue(occupation, groups);
  if (issue) throw issue;
  return [
    gender === undefined ? 0 : findGender(gender, groups) + 1,
    age === undefined || groups.ages.length === 0
      ? 0
      : Math.max(1, groups.ages.findLastIndex((from) => from <= age) + 1),
    occupation === undefined ? 0 : groups.occupations.indexOf(occupation) + 1,
  ];
}

function starsIssue(stars: number, { min, max }: UserSpec["stars"]): InputError | undefined {
  if (stars >= min && stars <= max) return undefined;
  return new InputError("stars", issueOf("starsOutside", { stars, min, max }));
}

function ageIssue(age: number | undefined): InputError | undefined {
  if (age === undefined || (age >= 0 && age <= MAX_AGE)) return undefined;
  return new InputError("age", issueOf("notAge", { age, most: MAX_AGE }));
}

function genderIssue(gender: string | undefined, groups: UserGroups): InputError | undefined {
  const { genders } = groups;
  if (gender === undefined || genders.length === 0 || findGender(gender, groups) >= 0) {
    return undefined;
  }
  return new InputError(
    "gender",
    issueOf("notOneOf", { value: `"${gender.slice(0, 40)}"`, known: genders }),
  );
}

function occupationIssue(
  occupation: number | undefined,
  { occupations }: UserGroups,
): InputError | undefined {
  if (occupation === undefined) return undefined;
  if (!(Number.isInteger(occupation) && occupation >= 0)) {
    return new InputError("occupation", issueOf("notCode", { value: occupation }));
  }
  if (occupations.length === 0 || occupations.includes(occupation)) return undefined;
  return new InputError(
    "occupation",
    issueOf("notOneOf", { value: String(occupation), known: occupations }),
  );
}

/** @returns -1 if the data set does not have the gender. */
function findGender(gender: string, { genders }: UserGroups): number {
  const exact = genders.indexOf(gender);
  if (exact >= 0) return exact;
  const lower = gender.toLowerCase();
  return genders.findIndex((known) => known.toLowerCase() === lower);
}

/**
 * The data set's own spelling of a gender, which may be given in any case.
 *
 * @throws InputError that lists the known ones.
 */
export function spellGender(gender: string, groups: UserGroups): string {
  const issue = genderIssue(gender, groups);
  if (issue) throw issue;
  return groups.genders[findGender(gender, groups)] ?? gender;
}

/** What is null is not known. Most ratings have no null, and are not copied. */
export function withoutNull(rating: Rating): Rating {
  if (!Object.values(rating).includes(null)) return rating;
  return Object.fromEntries(
    Object.entries(rating).filter(([, value]) => value !== null),
  ) as unknown as Rating;
}

/** Every field of a rating that is wrong, each named as the rating's own: `stars`, `age`, `gender`, `occupation`. */
export function ratingIssues(rating: Rating, { stars, groups }: UserSpec): InputError[] {
  return [
    starsIssue(rating.stars, stars),
    ageIssue(rating.age),
    genderIssue(rating.gender, groups),
    occupationIssue(rating.occupation, groups),
  ].filter((issue) => issue !== undefined);
}

/**
 * Checks a rating by itself, whether or not the model knows its user.
 *
 * @returns The index of the group that its demographics make, 0 where nothing is known.
 * @throws InputError: the first of `ratingIssues`.
 */
function checkRating(rating: Rating, { stars, groups }: UserSpec): number {
  const issue = starsIssue(rating.stars, stars);
  if (issue) throw issue;
  const { gender, age, occupation } = rating;
  if (gender === undefined && age === undefined && occupation === undefined) return 0;
  return groupIndex(groupKey(rating, groups), groups);
}

/** Index of a group, 0 to `countGroups(groups)` - 1. */
export function groupIndex([gender, age, occupation]: GroupKey, groups: UserGroups): number {
  return (gender * (groups.ages.length + 1) + age) * (groups.occupations.length + 1) + occupation;
}

export interface EncodedRatings {
  /** int32 [ratings], rows of the user table. */
  readonly users: Int32Array;
  /** float32 [ratings]. */
  readonly stars: Float32Array;
}

export type RatingsEncoder = (ratings: readonly Rating[]) => EncodedRatings;

/**
 * Makes the function that looks users up and checks their stars.
 *
 * @param name Of the input, for errors.
 *
 * The function throws InputError on the first of `ratingIssues`, a user that rates twice, or too many ratings.
 */
export function createRatingsEncoder(spec: UserSpec, name = "ratings"): RatingsEncoder {
  const rows = new Map(spec.users.map((user, i) => [user, i + FIRST_USER_ROW]));
  // By row, the call in which the user was last seen: a set of ids per movie takes longer than all the rest.
  const seenIn = new Float64Array(spec.users.length + FIRST_USER_ROW);
  const firstGroupRow = FIRST_USER_ROW + spec.users.length;
  let call = 0;
  return (ratings) => {
    if (ratings.length > spec.maxRatings) {
      throw new InputError(
        name,
        issueOf("tooManyRatings", { count: ratings.length, most: spec.maxRatings }),
      );
    }
    call++;
    const seen = new Set<string>();
    const users = new Int32Array(ratings.length);
    const stars = new Float32Array(ratings.length);
    for (const [i, rating] of ratings.entries()) {
      const group = checkNamed(rating, i);
      const { user } = rating;
      const known = user === undefined ? undefined : rows.get(user);
      if (known === undefined ? user !== undefined && seen.has(user) : seenIn[known] === call) {
        throw new InputError(`${name}[${i}].user`, issueOf("ratedAlready", { user: user! }));
      }
      if (known !== undefined) seenIn[known] = call;
      else if (user !== undefined) seen.add(user);
      users[i] = known ?? (group === 0 ? UNKNOWN_USER_ROW : firstGroupRow + group);
      stars[i] = rating.stars;
    }
    return { users, stars };
  };

  function checkNamed(rating: Rating, i: number): number {
    try {
      return checkRating(rating, spec);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw error.within(`${name}[${i}]`);
    }
  }
}
