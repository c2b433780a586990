/** Schemas of a movie's fields in requests and files. The predictor checks the values against the model's data. */

import { z } from "zod";
import { InputError } from "../../predictor/errors.ts";
import { checkNumber } from "../../predictor/preprocess/number.ts";
import { MAX_AGE, ratingIssues, type UserSpec } from "../../predictor/preprocess/ratings.ts";
import { MAX_TITLE_CHARACTERS, RELEASE_YEARS } from "../../predictor/preprocess/title.ts";

const userId = z
  .union([z.string().min(1).max(200), z.int()])
  .transform(String)
  .describe("as in the data the model was trained on");

const year = z
  .number()
  .superRefine((value, context) => {
    try {
      checkNumber("year", RELEASE_YEARS, value);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      context.addIssue({ code: "custom", message: error.detail });
    }
  })
  .meta({
    description: "of release; also read from the title",
    override: { type: "integer", minimum: RELEASE_YEARS.min, maximum: RELEASE_YEARS.max },
  });

/** Title, year and ratings, each optional. */
export function movieFields(ratings: UserSpec, maxRatings: number) {
  return {
    title: z.string().max(MAX_TITLE_CHARACTERS).optional().meta({ example: "Heat (1995)" }),
    year: year.optional(),
    ratings: z.array(ratingSchema(ratings)).max(maxRatings).optional(),
  };
}

function ratingSchema(spec: UserSpec) {
  const { genders, occupations } = spec.groups;
  const oneOf = (values: readonly unknown[]) => (values.length > 0 ? { enum: values } : {});
  return z
    .strictObject({
      user: userId.optional(),
      gender: z
        .string()
        .meta({ description: "in any case", override: { ...oneOf(genders) } })
        .optional(),
      age: z
        .number()
        .meta({ description: "years", override: { minimum: 0, maximum: MAX_AGE } })
        .optional(),
      occupation: z
        .number()
        .meta({
          description: "code of the model's data",
          override: { type: "integer", minimum: 0, ...oneOf(occupations) },
        })
        .optional(),
      stars: z.number().meta({ override: { minimum: spec.stars.min, maximum: spec.stars.max } }),
    })
    .superRefine((rating, context) => {
      for (const { field, detail } of ratingIssues(rating, spec)) {
        context.addIssue({ code: "custom", message: detail, path: [field] });
      }
    })
    .meta({
      id: "Rating",
      description: "Demographics count where the user is unknown to the model or not given.",
    });
}
