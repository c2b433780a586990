/** A description's inputs as the pipeline trains them. */

import { InputError } from "../../../predictor/errors.ts";
import type { NumberSpec } from "../../../predictor/inputs/number.ts";
import { createConfigSchema } from "../../config/schema.ts";
import { columnOf, type Description, type Input } from "../description.ts";
import type { DeclaredInput, DeclaredInputs } from "../inputs.ts";

/** Longest text accepted in predictions; limits the work per request. */
const MAX_CHARACTERS = { title: 1000, plain: 100_000 } as const;

/**
 * Options of the pipeline, beside which those of inputs stand, and what every object has; "no" would begin flags that
 * switch something off.
 */
const RESERVED: ReadonlySet<string> = new Set([
  "no",
  ...Object.keys(createConfigSchema({}).shape),
  ...Object.getOwnPropertyNames(Object.prototype),
]);

/** Layers and outputs of every graph: an image or a number gives its name to a graph input. */
const GRAPH_NAMES: ReadonlySet<string> = new Set([
  ...["evidence", "evidence_joined", "gates", "logits", "modality_weights", "presence", "prior"],
  ...["probabilities", "states", "value", "weighed_evidence"],
]);

/** Inputs of a type that one data set may have. */
const AT_MOST: Readonly<Partial<Record<Input["type"], number>>> = { image: 1, ratings: 1 };

/**
 * @throws InputError naming the key of what cannot be trained yet: categories, sequences, several images or ratings, numbers
 *   that are not taken from a text, and names that are taken.
 */
export function declareInputs({ inputs }: Description): DeclaredInputs {
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
  for (const [name, input] of Object.entries(inputs)) checkName(name, input);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, declare(name, input)]),
  );
}

/** @throws InputError for a name that options or the graph cannot have. */
function checkName(name: string, input: Input): void {
  const { type } = input;
  const why = RESERVED.has(name)
    ? "is that of other options"
    : /^[A-Z]/.test(name)
      ? "makes no flags, because it begins with a capital"
      : (type === "image" || type === "number") && GRAPH_NAMES.has(name)
        ? "is that of another part of the graph"
        : undefined;
  if (why === undefined) return;
  const column = columnOf(name, input);
  throw new InputError(
    `inputs.${name}`,
    `cannot be trained under this name, which ${why}; give it another${column === undefined ? "" : `, with "column": "${column}"`}`,
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
