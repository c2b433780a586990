/** Ratings in requests. The predictor checks the values against the model's data. */

import * as z from "zod";
import type { RatingsSpec } from "../../../predictor/inputs/ratings.ts";
import {
  MAX_AGE,
  type Rating,
  ratingIssues,
  withoutNull,
} from "../../../predictor/preprocess/ratings.ts";
import { list } from "../list.ts";
import { parseCell } from "./parseCell.ts";
import { readRatingsFile } from "./ratingsFile.ts";
import type { ServedType } from "./servedType.ts";

export const ratings = {
  field: (name, spec, { maxRatings }) =>
    list(ratingSchema(name, spec), { max: Math.min(maxRatings, spec.maxRatings) }),

  inForm: "json",

  fromCell: parseCell,

  option: () =>
    z
      .string()
      .min(1)
      .describe(
        "CSV file with the columns stars and user (of the model's data), or gender, age and occupation",
      ),

  fromOption: async (name, value, spec) => readRatingsFile(value as string, spec, name),

  inFiles: "JSON",

  isGiven: () => true,

  example({ groups, stars, users }) {
    const [gender] = groups.genders;
    const who = {
      ...(gender === undefined ? {} : { gender }),
      ...(groups.ages.length > 0 ? { age: 25 } : {}),
    };
    const known = Object.keys(who).length > 0 || users.length === 0 ? who : { user: users[0] };
    return [{ ...known, stars: stars.max }];
  },
} satisfies ServedType<RatingsSpec>;

const userId = z
  .union([z.string().min(1).max(200), z.int()])
  .transform(String)
  .describe("as in the data the model was trained on");

function ratingSchema(name: string, spec: RatingsSpec) {
  const { genders, occupations } = spec.groups;
  const oneOf = (values: readonly unknown[]) => (values.length > 0 ? { enum: values } : {});
  return z
    .strictObject({
      user: userId.nullish(),
      gender: z
        .string()
        .meta({ description: "in any case", override: { ...oneOf(genders) } })
        .nullish(),
      age: z
        .number()
        .meta({ description: "years", override: { minimum: 0, maximum: MAX_AGE } })
        .nullish(),
      occupation: z
        .number()
        .meta({
          description: "code of the model's data",
          override: { type: "integer", minimum: 0, ...oneOf(occupations) },
        })
        .nullish(),
      stars: z.number().meta({ override: { minimum: spec.stars.min, maximum: spec.stars.max } }),
    })
    .superRefine((rating, context) => {
      for (const { field, detail } of ratingIssues(withoutNull(rating as Rating), spec)) {
        context.addIssue({ code: "custom", message: detail, path: [field] });
      }
    })
    .meta({
      id: name === "ratings" ? "Rating" : `Rating_${name}`,
      description: "Demographics count where the user is unknown to the model or not given.",
    });
}
