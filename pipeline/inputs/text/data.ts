/** Texts of a data set. */

import { z } from "zod";
import type { TextSpec } from "../../../predictor/inputs/text.ts";
import { type InputData, READ } from "../../dataset/inputData.ts";
import { toText } from "../../dataset/tables/values.ts";

const schema = z.strictObject({
  type: z.literal("text"),
  ...READ,
  form: z
    .enum(["title", "plain"])
    .optional()
    .describe(
      'title: moved articles ("Net, The") and bracketed alternatives are read, a year at the end is not; default: plain',
    ),
});

export type DeclaredText = Pick<TextSpec, "type" | "form" | "maxCharacters">;

/** Longest text accepted in predictions; limits the work per request. */
const MAX_CHARACTERS = { title: 1000, plain: 100_000 } as const;

export const text = {
  schema,
  column: (name, { column }) => column ?? name,
  takesBeside: ["number"],
  declare(_, { form = "plain" }) {
    return { type: "text", form, maxCharacters: MAX_CHARACTERS[form] };
  },
  read: (given) => ({ value: toText(given) }),
} satisfies InputData<z.output<typeof schema>, DeclaredText>;
