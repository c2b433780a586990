/** What loses too much in float16: sums of squares and of exponentials, norms and variances made of them, long sums. */
import type { Constant, Graph, Node, Tensor } from "../ir.ts";
import { operator } from "../ops.ts";
import { constantInts } from "../shapes.ts";

/** Sums of more elements than this are long: half precision counts to 2048. */
const LONG = 1024;

/**
 * Names of the values that stay float32 in a float16 graph, and of the constants that they are computed with: each
 * fragile sum with what it sums, all elementwise arithmetic on it alone (a root, an epsilon), and the first result of
 * it with another value (a division by the norm).
 */
export function fragileValues(graph: Graph): Set<string> {
  const producer = new Map(graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const fragile = new Set<string>();
  /** The sums and what is computed of them alone. */
  const sums = new Set<string>();
  const typeOf = (name: string) => graph.values.get(name) ?? graph.constants.get(name);
  const isFloat = (name: string) => typeOf(name)?.dtype === "float32";
  const add = (node: Node) => {
    for (const name of [...node.outputs, ...node.inputs.filter((i) => graph.constants.has(i))])
      if (isFloat(name)) fragile.add(name);
  };
  for (const node of graph.nodes) {
    if (node.bodies || !node.outputs.every(isFloat)) continue;
    const { sums: isSum, float32, transpose } = operator(node.op);
    const summed = producer.get(node.inputs[0] as string);
    const large = isSum && summed && isLarge(summed);
    if (large || float32 || (isSum && isLong(graph, node))) {
      if (large) add(summed);
      add(node);
      for (const name of node.outputs) sums.add(name);
      continue;
    }
    const elementwise = transpose === "unary" || transpose === "broadcast";
    if (!elementwise || !node.inputs.some((name) => sums.has(name))) continue;
    add(node);
    if (node.inputs.every((name) => sums.has(name) || graph.constants.has(name)))
      for (const name of node.outputs) sums.add(name);
  }
  return fragile;
}

/** Whether a node squares, or raises its input to powers otherwise. */
function isLarge({ op, inputs }: Node): boolean {
  return operator(op).grows === true || (op === "Mul" && inputs[0] === inputs[1]);
}

/** Whether a reduction surely sums many elements. */
function isLong(graph: Graph, node: Node): boolean {
  const [data, axesInput] = node.inputs as [string, string?];
  const { shape } = (graph.values.get(data) ?? graph.constants.get(data)) as Tensor | Constant;
  const given =
    (node.attrs.axes as readonly number[] | undefined) ??
    (axesInput ? constantInts(graph.constants.get(axesInput)) : undefined);
  const axes = given ?? shape.map((_, i) => i);
  const sizes = axes.map((axis) => shape.at(axis)).filter((d) => typeof d === "number");
  return sizes.reduce((product, d) => product * d, 1) > LONG;
}
