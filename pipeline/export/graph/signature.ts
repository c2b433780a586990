/** What a graph model takes and gives: from its signature, or from its nodes where it has none. */
import type { ModelArtifacts } from "../artifacts.ts";
import { isRecord } from "../config.ts";
import { atPlace, reject } from "../errors.ts";
import { nearest } from "../nearest.ts";
import { shapeOf } from "./attrs.ts";
import { type Edge, edgeOf, type GraphDef } from "./graphDef.ts";

/** An input or output of the model: its public name, and the value in the graph. */
export interface Port {
  readonly name: string;
  readonly edge: Edge;
  /** Sizes the signature gives, -1 where unknown. */
  readonly shape?: readonly number[];
  /** Type the signature gives, such as DT_INT32. */
  readonly dtype?: unknown;
}

export interface Ports {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** Names of inner tensors (`node` or `node:1`) to cut the graph at. */
export interface Cut {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
}

/**
 * The inputs and outputs, under the names that TensorFlow.js's `model.inputs` and `model.outputs` have, without a ":0" at
 * their end. Without a signature, inputs are the placeholders and outputs the nodes that no other reads.
 *
 * @throws ConvertError for a signature or a cut that names a node the graph does not have.
 */
export function portsOf(
  graph: GraphDef,
  { signature, userDefinedMetadata }: ModelArtifacts,
  cut: Cut,
): Ports {
  const found = userDefinedMetadata?.signature ?? signature;
  const { inputs, outputs } = (isRecord(found) ? found : {}) as Record<string, unknown>;
  const given = { inputs: readPorts(graph, inputs), outputs: readPorts(graph, outputs) };
  return {
    inputs: cut.inputs
      ? cutPorts(graph, cut.inputs, given.inputs)
      : given.inputs.length > 0
        ? given.inputs
        : placeholders(graph),
    outputs: cut.outputs
      ? cutPorts(graph, cut.outputs, given.outputs)
      : given.outputs.length > 0
        ? given.outputs
        : leaves(graph),
  };
}

const edgeIn = ({ nodes }: GraphDef, name: string): Edge =>
  edgeOf(name, (node) => nodes.get(node)?.op);

const bare = (name: string) => name.replace(/:0$/, "");

function readPorts(graph: GraphDef, raw: unknown): Port[] {
  return Object.entries(isRecord(raw) ? raw : {}).flatMap(([key, info]): Port[] => {
    const at = `signature.${key}`;
    if (!isRecord(info)) reject(at, `must be an object, it is ${JSON.stringify(info)}`);
    const { name, dtype, tensorShape, resourceId } = info;
    // a table, which initializers fill: not fed by the caller
    if (resourceId !== undefined || name === undefined) return [];
    if (typeof name !== "string") reject(at, `the name is ${JSON.stringify(name)}`);
    const edge = edgeIn(graph, name);
    if (!graph.nodes.has(edge.node))
      reject(at, `names the node "${edge.node}", which the graph does not have`);
    const shape = atPlace(at, () => shapeOf(tensorShape));
    return [{ name: bare(key), edge, dtype, ...(shape ? { shape } : {}) }];
  });
}

/** Ports at inner tensors; one that the signature has keeps its name and shape. */
function cutPorts(graph: GraphDef, names: readonly string[], given: readonly Port[]): Port[] {
  return names.map((name) => {
    const known = given.find((port) => port.name === bare(name));
    if (known) return known;
    const edge = edgeIn(graph, name);
    if (!graph.nodes.has(edge.node)) {
      const near = nearest(edge.node, [...graph.nodes.keys()]);
      reject(
        `"${name}"`,
        `the graph has no such node${near ? `; the nearest name is "${near}"` : ""}`,
      );
    }
    return { name: bare(name), edge };
  });
}

function placeholders(graph: GraphDef): Port[] {
  return [...graph.nodes.values()]
    .filter(({ op }) => op === "Placeholder")
    .map(({ name }) => ({ name, edge: { node: name, index: 0 } }));
}

/** Nodes that nobody reads, but for constants and those without an output. */
function leaves(graph: GraphDef): Port[] {
  const read = new Set<string>();
  for (const { inputs } of graph.nodes.values()) for (const { node } of inputs) read.add(node);
  return [...graph.nodes.values()]
    .filter(({ name, op }) => !read.has(name) && !["Const", "NoOp", "Placeholder"].includes(op))
    .map(({ name }) => ({ name, edge: { node: name, index: 0 } }));
}
