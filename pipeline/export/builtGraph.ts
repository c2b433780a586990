/** What the two formats of models are read into: the graph before any pass. */
import type { ConversionIssue } from "./errors.ts";
import { type Graph, isConstant, type Tensor, uniqueName } from "./ir.ts";
import type { ConvertOptions } from "./options.ts";

export interface BuiltGraph {
  graph: Graph;
  /** States of stateful layers: each input is fed that output of the previous call. */
  states: { input: string; output: string }[];
  /** Remarks that do not stop the conversion. */
  warnings: string[];
  /** The model's own name. */
  name: string;
}

/** Every output is a node of its own: it has its own name, and may be an input or a constant. */
export function addOutput(graph: Graph, tensor: Tensor, name: string): void {
  if (isConstant(tensor)) graph.constants.set(tensor.name, tensor);
  graph.nodes.push({
    op: "Identity",
    name: uniqueName(graph, `${name}/Identity`),
    inputs: [tensor.name],
    outputs: [name],
    attrs: {},
  });
  const output = { name, dtype: tensor.dtype, shape: tensor.shape };
  graph.values.set(name, output);
  graph.outputs.push(output);
}

/** The names of inputs and outputs that a model has by itself. */
interface OwnNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * The requested names of the outputs, else the model's own. Of outputs with one name of their own, the first keeps it and
 * the others get the first of `name_1`, `name_2`, ... that no input or output has by itself; so does one with the name
 * of an input. Adds an issue where not as many different names are requested as there are outputs, or one of an input.
 */
export function outputNames(
  own: OwnNames,
  { outputNames: wanted }: ConvertOptions,
  issues: ConversionIssue[],
): string[] {
  if (!wanted) return differentNames(own);
  const count = own.outputs.length;
  const report = (message: string) => issues.push({ path: "options.outputNames", message });
  if (wanted.length !== count || new Set(wanted).size !== wanted.length)
    report(`${count} different names are needed, got ${JSON.stringify(wanted)}`);
  for (const name of wanted.filter((name) => own.inputs.includes(name)))
    report(`"${name}" is the name of an input; an output needs another`);
  return differentNames({ ...own, outputs: wanted });
}

function differentNames({ inputs, outputs }: OwnNames): string[] {
  const own = new Set([...inputs, ...outputs]);
  const given = new Set(inputs);
  return outputs.map((ownName) => {
    let name = ownName;
    for (let k = 1; given.has(name) || (name !== ownName && own.has(name)); k++)
      name = `${ownName}_${k}`;
    given.add(name);
    return name;
  });
}

/** Adds an issue for each input that the options name and the model does not have. */
export function checkInputOptions(
  inputs: readonly string[],
  options: ConvertOptions,
  issues: ConversionIssue[],
): void {
  for (const name of Object.keys(options.inputs ?? {})) {
    if (!inputs.includes(name))
      issues.push({
        path: `options.inputs.${name}`,
        message: `the model has no input "${name}"; its inputs are ${inputs.join(", ")}`,
      });
  }
}
