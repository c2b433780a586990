/** What is computed of an optional input runs only where the input is given, in a branch of an If. */
import { emptyGraph, type Graph, type Node, reads, type Tensor, uniqueName } from "../ir.ts";
import { elementType } from "../onnx/encode.ts";
import { addConstant, makeNode, producers, renameReads } from "./rewrite.ts";

/**
 * In place: the nodes that nothing but `value` needs run only for batches with an item for which `given` is not 0;
 * `value` is 0 for the others. Runs after every other pass, for those look at no branch.
 *
 * The weights go into the branch as well: ONNX Runtime re-lays those of convolutions out only where it finds them in the
 * same graph, and takes three times as long without.
 *
 * @param value float [batch, size]; known to be of no effect for an item that is not given.
 * @param given float32 [batch, 1].
 */
export function runOnlyGiven(graph: Graph, value: string, given: string): void {
  const then = emptyGraph(graph.names);
  then.nodes = onlyFor(graph, value);
  if (then.nodes.length === 0) return;
  const at = graph.nodes.indexOf(then.nodes.at(-1)!);
  const made = graph.values.get(value)!;
  moveInto(then, graph);
  then.outputs = [renamed(then, made)];

  const none = emptyGraph(graph.names);
  const zeros = addConstant(none, zerosOf(made));
  none.values.set(given, graph.values.get(given)!);
  const typed =
    made.dtype === "float32"
      ? given
      : append(none, "Cast", [given], { to: elementType(made.dtype) });
  none.outputs = [none.values.get(append(none, "Mul", [typed, zeros.name]))!];
  none.values.delete(given);

  const most = makeNode(graph, "ReduceMax", `${value}/most`, [given], { keepdims: 0 });
  const any = makeNode(graph, "Cast", `${value}/any`, most.outputs, { to: elementType("bool") });
  const choice: Node = {
    op: "If",
    name: uniqueName(graph, `${value}/If`),
    inputs: [...any.outputs],
    outputs: [value],
    attrs: {},
    bodies: { then_branch: then, else_branch: none },
  };
  graph.values.set(value, made);
  // The place of the last node: what the branch reads of others comes before.
  graph.nodes.splice(at, 0, most, any, choice);
  const inside = new Set(then.nodes);
  graph.nodes = graph.nodes.filter((node) => !inside.has(node));
}

/** The node that makes `value`, and those whose outputs only these read; in order. */
function onlyFor(graph: Graph, value: string): Node[] {
  const last = producers(graph).get(value);
  if (!last) return [];
  const outside = new Set(graph.outputs.map(({ name }) => name));
  const inside = new Set<string>();
  const found: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    const own =
      node === last ||
      (node.outputs.some((name) => inside.has(name)) &&
        !node.outputs.some((name) => outside.has(name)));
    const read = own ? inside : outside;
    for (const name of reads(node)) read.add(name);
    if (own) found.push(node);
  }
  return found.reverse();
}

/** Moves the values that the nodes make, and the constants that no other node reads. */
function moveInto(then: Graph, graph: Graph): void {
  const own = new Set(then.nodes);
  const others = new Set(graph.nodes.filter((node) => !own.has(node)).flatMap(reads));
  for (const node of then.nodes) {
    for (const name of reads(node)) {
      const constant = graph.constants.get(name);
      if (!constant || others.has(name)) continue;
      then.constants.set(name, constant);
      graph.constants.delete(name);
    }
    for (const name of node.outputs) {
      const made = graph.values.get(name);
      if (made) then.values.set(name, made);
      graph.values.delete(name);
    }
  }
}

/** Names inside a branch differ from those around it: the value's own is the If's. */
function renamed(then: Graph, made: Tensor): Tensor {
  const inner = { ...made, name: uniqueName(then, `${made.name}/there`) };
  const now = (name: string) => (name === made.name ? inner.name : name);
  for (const node of then.nodes) {
    renameReads(node, now);
    node.outputs = node.outputs.map(now);
  }
  then.values.delete(made.name);
  then.values.set(inner.name, inner);
  return inner;
}

function zerosOf({ name, dtype, shape }: Tensor) {
  const size = shape[1];
  if (typeof size !== "number" || shape.length !== 2) {
    throw new Error(`internal: ${name} has the shape [${shape}], not [batch, size]`);
  }
  // Zero has the same bits in both types.
  const data = dtype === "float16" ? new Uint16Array(size) : new Float32Array(size);
  return { name: `${name}/zeros`, dtype, shape: [1, size], data };
}

/** @returns The name of the output. */
function append(graph: Graph, op: string, inputs: readonly string[], attrs: Node["attrs"] = {}) {
  const node = makeNode(graph, op, `${inputs[0]}/${op}`, inputs, attrs);
  graph.nodes.push(node);
  return node.outputs[0]!;
}
