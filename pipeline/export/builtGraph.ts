/** What the two formats of models are read into: the graph before any pass. */
import { type Constant, type Graph, type Tensor, uniqueName } from "./ir.ts";

export interface BuiltGraph {
  graph: Graph;
  /** Of stateful layers: which input is fed what the previous call gave as which output. */
  states: { input: string; output: string }[];
  /** Remarks that do not stop the conversion. */
  warnings: string[];
  /** The model's own name. */
  name: string;
}

/** Every output is a node of its own: it has its own name, and may be an input or a constant. */
export function addOutput(graph: Graph, tensor: Tensor, name: string): void {
  if ("data" in tensor) graph.constants.set(tensor.name, tensor as Constant);
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
