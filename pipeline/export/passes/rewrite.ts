/** Tools of the passes: look-ups over a graph, and functions that add constants and nodes. */
import {
  type Attr,
  bodiesOf,
  type Constant,
  type Graph,
  type Node,
  reads,
  sizeOf,
  type Tensor,
  uniqueName,
} from "../ir.ts";
import { operator } from "../ops.ts";

/** dtype and shape of a value, constant or not. */
export function lookup(graph: Graph, name: string): Tensor | undefined {
  return graph.constants.get(name) ?? graph.values.get(name);
}

/** name -> the node that makes it. */
export function producers(graph: Graph): Map<string, Node> {
  const map = new Map<string, Node>();
  for (const node of graph.nodes) for (const name of node.outputs) map.set(name, node);
  return map;
}

/** name -> how often it is read, graph outputs included. */
export function useCounts(graph: Graph): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const node of graph.nodes) for (const name of reads(node)) add(name);
  for (const output of graph.outputs) add(output.name);
  return counts;
}

/** Gives new names to what a node reads, its bodies included. */
export function renameReads(node: Node, now: (name: string) => string): void {
  node.inputs = node.inputs.map(now);
  for (const body of bodiesOf(node)) {
    for (const inner of body.nodes) renameReads(inner, now);
    body.outputs = body.outputs.map((t) => ({ ...t, name: now(t.name) }));
  }
}

/** The constant under a name not taken yet. */
export function addConstant(graph: Graph, base: Constant): Constant {
  const constant = { ...base, name: uniqueName(graph, base.name) };
  graph.constants.set(constant.name, constant);
  return constant;
}

export function floatConstant(
  graph: Graph,
  name: string,
  shape: readonly number[],
  data: Float32Array,
): Constant {
  return addConstant(graph, { name, dtype: "float32", shape, data });
}

export function intConstant(graph: Graph, name: string, values: readonly number[]): Constant {
  return addConstant(graph, {
    name,
    dtype: "int64",
    shape: [values.length],
    data: BigInt64Array.from(values, BigInt),
  });
}

/** A new node with one output, its shape inferred; the caller puts it where it belongs. */
export function makeNode(
  graph: Graph,
  op: string,
  name: string,
  inputs: readonly string[],
  attrs: Record<string, Attr>,
): Node {
  const tensors = inputs.map((i) => (i === "" ? undefined : lookup(graph, i)));
  const [type] = operator(op).shapes(tensors, attrs);
  const node: Node = { op, name: uniqueName(graph, name), inputs: [...inputs], outputs: [], attrs };
  const output = uniqueName(graph, `${node.name}:0`);
  node.outputs = [output];
  if (type) graph.values.set(output, { name: output, ...type });
  return node;
}

/** The float32 constant behind a name. */
export function floats(
  graph: Graph,
  name: string | undefined,
): (Constant & { data: Float32Array }) | undefined {
  const constant = name === undefined ? undefined : graph.constants.get(name);
  return constant?.data instanceof Float32Array
    ? (constant as Constant & { data: Float32Array })
    : undefined;
}

/** The shape with ones in front up to `rank`. */
export function padRank(shape: readonly number[], rank: number): number[] {
  return [...Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];
}

/** Elementwise `f` over two constants with numpy broadcasting. */
export function combine(
  a: Constant & { data: Float32Array },
  b: Constant & { data: Float32Array },
  f: (x: number, y: number) => number,
) {
  const rank = Math.max(a.shape.length, b.shape.length);
  const [sa, sb] = [padRank(a.shape, rank), padRank(b.shape, rank)];
  const shape = sa.map((d, i) => Math.max(d, sb[i] as number));
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    let [rest, ia, ib, stepA, stepB] = [i, 0, 0, 1, 1];
    for (let axis = rank - 1; axis >= 0; axis--) {
      const at = rest % (shape[axis] as number);
      rest = Math.floor(rest / (shape[axis] as number));
      if (sa[axis] !== 1) ia += at * stepA;
      if (sb[axis] !== 1) ib += at * stepB;
      stepA *= sa[axis] as number;
      stepB *= sb[axis] as number;
    }
    data[i] = f(a.data[ia] as number, b.data[ib] as number);
  }
  return { shape, data };
}
