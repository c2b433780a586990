/** A description's inputs as the pipeline trains them. */

import { InputError } from "../../../predictor/errors.ts";
import { createConfigSchema } from "../../config/schema.ts";
import { type DeclaredInput, type DeclaredInputs, inputDataOf } from "../../inputs/data.ts";
import { columnOf, type Description, type Input } from "../description.ts";
import { checkGroups, withTable, withTexts } from "./groups.ts";
import { ownerOf } from "./layerNames.ts";

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

/**
 * @throws InputError naming the key of what cannot be trained: names that are taken, and groups whose inputs cannot share
 *   a tower.
 */
export function declareInputs({ inputs, missing }: Description): DeclaredInputs {
  for (const [name, input] of Object.entries(inputs)) checkName(name, input);
  const declared = Object.fromEntries(
    Object.entries(inputs).map(([name, input]): [string, DeclaredInput] => [
      name,
      {
        ...inputDataOf(input).declare(name, input),
        ...renamed(name, input),
        ...(missing.length > 0 ? { missing } : {}),
      },
    ]),
  );
  const together = withTexts(declared);
  checkGroups(together, isReserved);
  const grouped = withTable(together);
  checkLayerNames(grouped, inputs);
  return grouped;
}

/** The column's name, where it is not the input's. */
function renamed(name: string, input: Input): Pick<DeclaredInput, "column"> {
  const column = columnOf(name, input);
  return column === undefined || column === name ? {} : { column };
}

/** Whether options of other things, parts of the graph, or what every object has, are under the name. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name) || GRAPH_NAMES.has(name);
}

/** @throws InputError for an input with a name that the graph makes of another's, or of which it makes the same. */
function checkLayerNames(declared: DeclaredInputs, inputs: Description["inputs"]): void {
  const made = new Map<string, string>();
  for (const [name, input] of Object.entries(inputs)) {
    for (const graphName of inputDataOf(input).graphNames?.(name) ?? []) {
      const other = made.get(graphName);
      if (other !== undefined) {
        throw new InputError(
          `inputs.${name}`,
          `makes "${graphName}" in the graph, as "${other}" does; give it another name`,
        );
      }
      made.set(graphName, name);
    }
  }
  const names = new Set(
    Object.entries(declared).flatMap(([name, { group = name }]) => [name, group]),
  );
  for (const name of names) {
    const owner = ownerOf(name, names);
    if (owner === undefined) continue;
    const given = inputs[name];
    const column = given && columnOf(name, given);
    throw new InputError(
      given ? `inputs.${name}` : "inputs",
      `"${name}" is a name that the graph derives from "${owner}"; choose another${column === undefined ? "" : `, with "column": "${column}"`}`,
    );
  }
}

/** @throws InputError for a name that options or the graph cannot have. */
function checkName(name: string, input: Input): void {
  const why = RESERVED.has(name)
    ? "is already used by other options"
    : /^[A-Z]/.test(name)
      ? "cannot become a flag, because it begins with a capital letter"
      : inputDataOf(input).namesGraphInput && GRAPH_NAMES.has(name)
        ? "is already used by another part of the graph"
        : undefined;
  if (why === undefined) return;
  const column = columnOf(name, input);
  throw new InputError(
    `inputs.${name}`,
    `cannot be trained under this name, which ${why}; give it another${column === undefined ? "" : `, with "column": "${column}"`}`,
  );
}
