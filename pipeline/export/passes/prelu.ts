/** Writes PRelu as two operators that onnxruntime computes faster. */
import type { Graph, Node } from "../ir.ts";
import { floats, makeNode } from "./rewrite.ts";

/**
 * With a slope of at most 1, `PRelu(x)` is the larger of x and slope * x, with one of at least 1 the smaller: the same
 * bits. onnxruntime (1.30) has vector code for Mul, Max and Min, but not for a PRelu with a slope per channel. Slopes on
 * both sides of 1, and those that the graph computes, keep the node.
 */
export function rewritePRelus(graph: Graph): void {
  graph.nodes = graph.nodes.flatMap((node) =>
    node.op === "PRelu" ? rewritten(graph, node) : node,
  );
}

function rewritten(graph: Graph, node: Node): Node[] {
  const [x, slope] = node.inputs as [string, string];
  const slopes = floats(graph, slope)?.data;
  const op = slopes?.every((a) => a <= 1)
    ? "Max"
    : slopes?.every((a) => a >= 1)
      ? "Min"
      : undefined;
  if (!op) return [node];
  const scaled = makeNode(graph, "Mul", `${node.name}/Mul`, [x, slope], {});
  return [scaled, { ...node, op, inputs: [x, scaled.outputs[0] as string] }];
}
