/** Writes PRelu as operators that onnxruntime computes faster. */
import type { Graph, Node } from "../ir.ts";
import { floatConstant, floats, makeNode } from "./rewrite.ts";

/**
 * onnxruntime (1.30) has vector code for Mul, Max and Min, but not for a PRelu with a slope per channel. With slopes of
 * at most 1, `PRelu(x)` is the larger of x and slope * x, with slopes of at least 1 the smaller, else
 * `Relu(x) + slope * Min(x, 0)`: the same bits. Slopes that the graph computes keep the node.
 */
export function rewritePRelus(graph: Graph): void {
  graph.nodes = graph.nodes.flatMap((node) =>
    node.op === "PRelu" ? rewritten(graph, node) : node,
  );
}

function rewritten(graph: Graph, node: Node): Node[] {
  const [x, slope] = node.inputs as [string, string];
  const slopes = floats(graph, slope)?.data;
  if (!slopes) return [node];
  const make = (op: string, ...inputs: string[]) =>
    makeNode(graph, op, `${node.name}/${op}`, inputs, {});
  const op = slopes.every((a) => a <= 1 && a !== 0)
    ? "Max"
    : slopes.every((a) => a >= 1)
      ? "Min"
      : undefined;
  if (op) {
    const scaled = make("Mul", x, slope);
    return [scaled, { ...node, op, inputs: [x, scaled.outputs[0]!] }];
  }
  const zero = floatConstant(graph, `${node.name}/zero`, [], Float32Array.of(0));
  const above = make("Relu", x);
  const below = make("Min", x, zero.name);
  const scaled = make("Mul", below.outputs[0]!, slope);
  return [
    above,
    below,
    scaled,
    { ...node, op: "Add", inputs: [above.outputs[0]!, scaled.outputs[0]!] },
  ];
}
