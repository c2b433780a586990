/** Texts in requests. */

import * as z from "zod";
import type { TextSpec } from "../../../predictor/inputs/text.ts";
import { describeIssue, issueOf } from "../../../predictor/issues.ts";
import { isBlankText } from "../../../predictor/preprocess/title.ts";
import { losesDigits } from "../../../predictor/values.ts";
import { SCALAR_TYPES, scalar } from "./scalar.ts";
import type { ServedType } from "./servedType.ts";

/** Words of an example, of the more telling ones. */
const WORDS = 4;
const TELLING_CHARACTERS = 4;

export const text = {
  field: (_, spec) =>
    scalar("a text", z.string().max(spec.maxCharacters))
      .refine((value) => !losesDigits(value), { error: describeIssue(issueOf("lostDigits")) })
      .meta({ override: { type: [...SCALAR_TYPES], maxLength: spec.maxCharacters } }),

  inForm: "text",

  fromCell: (_, cell) => cell,

  option: ({ maxCharacters }) =>
    z.string().describe(`text of at most ${maxCharacters.toLocaleString("en")} characters`),

  fromOption: async (_, value) => value,

  // Forms send blanks for fields that were left empty.
  isGiven: (value) => !isBlankText(String(value)),

  example({ vocabulary, maxCharacters }) {
    const words = vocabulary.filter(({ length }) => length >= TELLING_CHARACTERS).slice(0, WORDS);
    return (words.join(" ") || "Any text").slice(0, maxCharacters);
  },
} satisfies ServedType<TextSpec>;
