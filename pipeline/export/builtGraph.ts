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
 * The requested names of the outputs, else the model's own, made different from each other and from those of the inputs.
 * Adds an issue where there are not as many different ones as outputs.
 */
export function outputNames(
  own: OwnNames,
  { outputNames: wanted }: ConvertOptions,
  issues: ConversionIssue[],
): string[] {
  const count = own.outputs.length;
  if (wanted && (wanted.length !== count || new Set(wanted).size !== wanted.length)) {
    issues.push({
      path: "options.outputNames",
      message: `${count} different names are needed, got ${JSON.stringify(wanted)}`,
    });
  }
  const taken = new Set(own.inputs);
  return own.outputs.map((ownName, i) => {
    const base = wanted?.[i] ?? ownName;
    let name = base;
    for (let k = 1; taken.has(name); k++) name = `${base}_${k}`;
    taken.add(name);
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
