/** A description's inputs as the pipeline trains them. */

import { InputError } from "../../../predictor/errors.ts";
import type { NumberSpec } from "../../../predictor/inputs/number.ts";
import { createConfigSchema } from "../../config/schema.ts";
import type { Description, Input } from "../description.ts";
import type { DeclaredInput, DeclaredInputs } from "../inputs.ts";

/** Longest text accepted in predictions; limits the work per request. */
const MAX_CHARACTERS = { title: 1000, plain: 100_000 } as const;

/** Options of the pipeline; those of inputs stand beside them. "no" would begin flags that switch something off. */
const RESERVED: ReadonlySet<string> = new Set(["no", ...Object.keys(createConfigSchema({}).shape)]);

/** Inputs of a type that one data set may have. */
const AT_MOST: Readonly<Partial<Record<Input["type"], number>>> = { image: 1, ratings: 1 };

/**
 * @throws InputError naming the key of what cannot be trained yet: categories, sequences, several images or ratings, numbers
 *   that are not taken from a text, and targets other than labels.
 */
export function declareInputs({ inputs, target }: Description): DeclaredInputs {
  if (target.type !== "labels") {
    throw new InputError("target.type", `"${target.type}" cannot be trained yet; labels can`);
  }
  for (const [type, most] of Object.entries(AT_MOST)) {
    const [, second] = Object.keys(inputs)
      .filter((name) => inputs[name]!.type === type)
      .slice(most - 1);
    if (second !== undefined) {
      throw new InputError(
        `inputs.${second}`,
        `is another input of type ${type}; one can be trained`,
      );
    }
  }
  for (const name of Object.keys(inputs)) {
    if (RESERVED.has(name)) {
      throw new InputError(
        `inputs.${name}`,
        `cannot have this name, which is that of options; give it another, with "column": "${name}"`,
      );
    }
  }
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, declare(name, input)]),
  );
}

function declare(name: string, input: Input): DeclaredInput {
  switch (input.type) {
    case "text": {
      const form = input.form ?? "plain";
      return { type: "text", form, maxCharacters: MAX_CHARACTERS[form] };
    }
    case "image":
    case "ratings":
      return { type: input.type };
    case "number":
      return declareNumber(name, input);
    default:
      throw new InputError(`inputs.${name}.type`, `"${input.type}" cannot be trained yet`);
  }
}

/** Towers read release years; other numbers come with their own tower. */
function declareNumber(
  name: string,
  { from, pattern, group }: Input & { readonly type: "number" },
): NumberSpec {
  if (from === undefined || pattern === undefined) {
    throw new InputError(
      `inputs.${name}`,
      "cannot be trained yet: numbers are trained beside a text that they are taken from",
    );
  }
  if (group !== undefined && group !== from) {
    throw new InputError(
      `inputs.${name}.group`,
      `cannot be trained yet: a number shares the tower of its text, "${from}"; leave the group out`,
    );
  }
  return {
    type: "number",
    group: from,
    min: 1000,
    max: 2999,
    whole: true,
    from: { input: from, pattern },
  };
}
