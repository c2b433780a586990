/** Ratings: which users rated an item, and with how many stars. */

import * as z from "zod";
import { InputError } from "../errors.ts";
import {
  countGroups,
  createRatingsEncoder,
  type EncodedRatings,
  FIRST_USER_ROW,
  NO_USER_ROW,
  type Rating,
  type UserSpec,
  withoutNull,
} from "../preprocess/ratings.ts";
import { isNoValue } from "../values.ts";
import { COMMON, type CommonSpec, type InputType } from "./inputType.ts";

export interface RatingsSpec extends UserSpec, CommonSpec {
  readonly type: "ratings";
}

const count = z.int().nonnegative();

/**
 * Graph inputs int32 [n, r] rows of the user table and float32 [n, r] stars, where r is the largest number of ratings in the
 * batch, at least 1. They are named after the singular: `rating_users` and `rating_stars` of `ratings`.
 */
export const ratings = {
  spec: z.strictObject({
    type: z.literal("ratings"),
    ...COMMON,
    users: z.array(z.string()),
    groups: z.strictObject({
      genders: z.array(z.string()),
      ages: z.array(count),
      occupations: z.array(count),
    }),
    stars: z.strictObject({ min: z.number(), max: z.number() }),
    maxRatings: z.int().positive(),
  }),

  encoder(name, spec) {
    const encode = createRatingsEncoder(spec, name);
    return (item) => encode(ratingsOf(name, spec, item[name]));
  },

  absent: () => ({ users: new Int32Array(0), stars: new Float32Array(0) }),

  isPresent: ({ users }) => users.length > 0,

  // Users of whom the model knows nothing but, perhaps, a group that they belong to.
  unknownShare({ users }, { users: known }) {
    const isKnown = (row: number) => row >= FIRST_USER_ROW && row < FIRST_USER_ROW + known.length;
    return users.filter((row) => !isKnown(row)).length / users.length;
  },

  tensorNames: (name) => [`${singular(name)}_users`, `${singular(name)}_stars`],

  collate(name, _, rows) {
    const most = rows.reduce((length, { users }) => Math.max(length, users.length), 1);
    const users = new Int32Array(rows.length * most).fill(NO_USER_ROW);
    const stars = new Float32Array(rows.length * most);
    for (const [i, row] of rows.entries()) {
      users.set(row.users, i * most);
      stars.set(row.stars, i * most);
    }
    const dims = [rows.length, most];
    return {
      [`${singular(name)}_users`]: { type: "int32", dims, data: users },
      [`${singular(name)}_stars`]: { type: "float32", dims, data: stars },
    };
  },

  tableRows: (name, { users, groups }) => ({
    [`${singular(name)}_users`]: FIRST_USER_ROW + users.length + countGroups(groups),
  }),

  summary: ({ users, ...rest }) => ({ ...rest, users: users.length }),

  length: ({ users }) => users.length,
  isList: true,
} satisfies InputType<RatingsSpec, EncodedRatings>;

const TEXT_FIELDS = ["user", "gender"] as const;
const NUMBER_FIELDS = ["stars", "age", "occupation"] as const;

/** @throws InputError for anything but a list of ratings; the encoder checks what they say. */
function ratingsOf(
  name: string,
  spec: Pick<RatingsSpec, "missing">,
  value: unknown,
): readonly Rating[] {
  if (isNoValue(value, spec)) return [];
  if (!Array.isArray(value)) throw new InputError(name, "is not a list of ratings");
  for (const [i, rating] of value.entries()) {
    if (typeof rating !== "object" || rating === null) {
      throw new InputError(`${name}[${i}]`, "is not a rating, an object with stars");
    }
    checkFields(`${name}[${i}]`, rating, TEXT_FIELDS, "string");
    checkFields(`${name}[${i}]`, rating, NUMBER_FIELDS, "number");
  }
  return (value as Rating[]).map(withoutNull);
}

function checkFields<Field extends keyof Rating>(
  name: string,
  rating: Rating,
  fields: readonly Field[],
  type: "string" | "number",
): void {
  for (const field of fields) {
    const value = rating[field];
    if (value === undefined || value === null || typeof value === type) continue;
    throw new InputError(`${name}.${field}`, type === "string" ? "is not text" : "is not a number");
  }
}

function singular(name: string): string {
  return name.replace(/s$/, "");
}
