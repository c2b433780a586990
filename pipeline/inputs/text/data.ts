/** Texts of a data set. */

import * as z from "zod";
import type { TextSpec } from "../../../predictor/inputs/text.ts";
import { GROUPED, type InputData, READ } from "../../dataset/inputData.ts";
import { quote } from "../../dataset/issues.ts";
import { describeLostDigits, toText } from "../../dataset/tables/values.ts";

const schema = z.strictObject({
  type: z.literal("text"),
  ...READ,
  form: z
    .enum(["title", "plain"])
    .optional()
    .describe(
      'title: moved articles ("Net, The") and bracketed alternatives are read, a year at the end is not; default: plain',
    ),
  spaces: z
    .boolean()
    .optional()
    .describe(
      "whether spaces are between words; false, as in Japanese, Chinese and Thai: character n-grams are read as well; default: true",
    ),
  ...GROUPED,
  weight: z
    .number()
    .positive()
    .optional()
    .describe("weight of the text's words relative to the other texts of its group; default: 1"),
});

export interface DeclaredText extends Pick<TextSpec, "type" | "form" | "maxCharacters"> {
  /** Only of texts without spaces between words. */
  readonly spaces?: false | undefined;
  readonly weight?: number | undefined;
}

/** Longest text accepted, in predictions and in training alike; limits the work per request. */
const MAX_CHARACTERS = { title: 1000, plain: 100_000 } as const;

export const text = {
  schema,
  column: (name, { column }) => column ?? name,
  takesBeside: ["number"],
  apart(first, other) {
    if (first.form !== other.form) {
      return `whose texts have the form ${first.form}; texts are read together in one form`;
    }
    return first.spaces === other.spaces
      ? undefined
      : 'of which other texts have spaces between words, or none; "spaces" must be the same of all';
  },
  declare(_, { form = "plain", spaces, group, weight }) {
    return {
      type: "text",
      ...(group === undefined ? {} : { group }),
      form,
      maxCharacters: MAX_CHARACTERS[form],
      ...(spaces === false ? { spaces } : {}),
      ...(weight === undefined ? {} : { weight }),
    };
  },
  read(given, { form = "plain" }, { column }) {
    const lost = describeLostDigits(column, given);
    if (lost !== undefined) return { problem: lost };
    const value = toText(given);
    const most = MAX_CHARACTERS[form];
    if (value.length <= most) return { value };
    const hint = form === "title" ? 'give the input the "form": "plain"' : "shorten it";
    return {
      problem: `${quote(column)} has ${value.length} characters, expected at most ${most}; ${hint}.`,
    };
  },
} satisfies InputData<z.output<typeof schema>, DeclaredText & { readonly group?: string }>;
