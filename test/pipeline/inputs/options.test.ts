/** Options by the names of inputs and of their groups. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createConfigSchema } from "../../../pipeline/config/schema.ts";
import type { DeclaredInputs } from "../../../pipeline/dataset/inputs.ts";
import { optionsOf, textOptions } from "../../../pipeline/inputs/options.ts";

const text = { type: "text", form: "plain", maxCharacters: 100 } as const;
const INPUTS: DeclaredInputs = {
  title: { ...text, group: "article" },
  body: { ...text, group: "article" },
  note: text,
};

test("texts of a group have its options, others their own", () => {
  const config = createConfigSchema(INPUTS).parse({
    article: { maxWords: 7 },
    note: { maxWords: 9 },
  });
  assert.equal(textOptions(config, INPUTS, "title").maxWords, 7);
  assert.equal(textOptions(config, INPUTS, "body").maxWords, 7);
  assert.equal(textOptions(config, INPUTS, "note").maxWords, 9);
  assert.throws(() => optionsOf(config, "title", "text"), /no options of the input "title"/);
});
