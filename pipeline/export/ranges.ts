/** Which inputs hold indices, and their range: for callers that generate inputs. */
import type { Graph, Node } from "./ir.ts";
import { operator } from "./ops.ts";

/** Input name -> the number of rows of the smallest table it indexes: valid values are 0 to that minus 1. */
export function indexLimits(graph: Graph): Map<string, number> {
  const producer = new Map(graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const inputs = new Set(graph.inputs.map((t) => t.name));
  const limits = new Map<string, number>();
  const follow = (name: string, limit: number): void => {
    if (inputs.has(name)) limits.set(name, Math.min(limits.get(name) ?? limit, limit));
    const node = producer.get(name);
    if (node && operator(node.op).ids === "moves")
      for (const from of node.inputs) follow(from, limit);
  };
  for (const node of graph.nodes) {
    const limit = tableRows(graph, node);
    if (limit !== undefined) for (const name of node.inputs.slice(0, 2)) follow(name, limit);
  }
  return limits;
}

/** Rows of the table of a Gather, or number of tokens in the comparison that CategoryEncoding becomes. */
function tableRows(graph: Graph, node: Node): number | undefined {
  if (node.op === "Gather" && node.attrs.axis === 0)
    return graph.constants.get(node.inputs[0] as string)?.shape[0];
  const tokens = node.op === "Equal" ? graph.constants.get(node.inputs[1] as string) : undefined;
  return tokens?.dtype === "int32" && tokens.shape.length === 1 ? tokens.shape[0] : undefined;
}
