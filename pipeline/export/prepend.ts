/** Puts a graph in front of another: what it computes becomes one of the other's inputs. */
import { reject } from "./errors.ts";
import type { Graph, Tensor } from "./ir.ts";
import { renameReads } from "./passes/rewrite.ts";

export interface Front {
  /** With one output; it may read inputs of the model as well. */
  readonly graph: Graph;
  /**
   * Name of the model's input, float32 [batch, 1], that is 0 for items without a value for the graph: it runs only for
   * batches with one, and what it makes is 0 elsewhere. Default: it always runs.
   */
  readonly given?: string | undefined;
}

/**
 * In place; `front` stays as it is. Its inputs take the place of the input that it makes; those that `graph` has as well
 * are one and the same.
 *
 * @param front A graph with one output, and with no other name that `graph` has; constants that are equal are shared later.
 * @returns The name of the value that it makes.
 * @throws ConvertError if there is no such input, or if both graphs have a name.
 */
export function prepend(graph: Graph, input: string, front: Graph): string {
  const path = `options.before.${input}`;
  const at = graph.inputs.findIndex(({ name }) => name === input);
  if (at < 0) {
    reject(
      path,
      `the model has no input "${input}"; its inputs are ${graph.inputs.map(({ name }) => name).join(", ")}`,
    );
  }
  const [output, ...others] = front.outputs;
  if (!output || others.length > 0)
    reject(path, `the graph has ${front.outputs.length} outputs, not one`);
  const shared = new Set(graph.inputs.filter(sameIn(front)).map(({ name }) => name));
  const twice = [...front.names].find((name) => graph.names.has(name) && !shared.has(name));
  if (twice !== undefined) reject(path, `both graphs have the name "${twice}"`);
  const nodes = front.nodes.map((node) => ({
    ...node,
    inputs: [...node.inputs],
    outputs: [...node.outputs],
    attrs: { ...node.attrs },
  }));
  const now = (name: string) => (name === input ? output!.name : name);
  for (const node of graph.nodes) renameReads(node, now);
  graph.nodes = [...nodes, ...graph.nodes];
  graph.inputs.splice(at, 1, ...front.inputs.filter(({ name }) => !shared.has(name)));
  graph.values.delete(input);
  for (const [name, value] of front.values) {
    if (!shared.has(name)) graph.values.set(name, value);
  }
  for (const [name, constant] of front.constants) graph.constants.set(name, constant);
  for (const name of front.names) graph.names.add(name);
  return output!.name;
}

/** A test for inputs of another graph: whether `front` reads one of the same name, type and number of axes. */
function sameIn(front: Graph) {
  return ({ name, dtype, shape }: Tensor) =>
    front.inputs.some(
      (own) => own.name === name && own.dtype === dtype && own.shape.length === shape.length,
    );
}
