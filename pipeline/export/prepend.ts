/** Puts a graph in front of another: what it computes becomes one of the other's inputs. */
import { reject } from "./errors.ts";
import type { Graph } from "./ir.ts";
import { renameReads } from "./passes/rewrite.ts";

/**
 * In place; `front` stays as it is. Its inputs take the place of the input that it makes.
 *
 * @param front A graph with one output, and with no name that `graph` has; constants that are equal are shared later.
 * @throws ConvertError if there is no such input, or if both graphs have a name.
 */
export function prepend(graph: Graph, input: string, front: Graph): void {
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
  const twice = [...front.names].find((name) => graph.names.has(name));
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
  graph.inputs.splice(at, 1, ...front.inputs);
  graph.values.delete(input);
  for (const [name, value] of front.values) graph.values.set(name, value);
  for (const [name, constant] of front.constants) graph.constants.set(name, constant);
  for (const name of front.names) graph.names.add(name);
}
