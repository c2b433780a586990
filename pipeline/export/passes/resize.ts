/** Keeps onnxruntime's own transpose optimiser from breaking bilinear Resize nodes. */
import { type Graph, isStatic, type Node, reads, type Shape } from "../ir.ts";
import { intConstant, lookup, makeNode, producers } from "./rewrite.ts";

/**
 * onnxruntime (1.30) moves a transpose that brings axis 2 to the channels through a Resize, whose bilinear kernel then
 * refuses the order of the scales. With batch and channels joined in one axis it has no channels to move.
 * Where sizes are dynamic the node stays as it is.
 */
export function protectResizes(graph: Graph): void {
  const producer = producers(graph);
  for (const node of [...graph.nodes]) {
    if (
      node.op !== "Resize" ||
      node.attrs.mode !== "linear" ||
      !followsChannelTranspose(node, producer)
    )
      continue;
    const [input, , scales] = node.inputs as [string, string, string];
    const sizes: Shape = (lookup(graph, input)?.shape ?? []).slice(1);
    const after: Shape = (lookup(graph, node.outputs[0] as string)?.shape ?? []).slice(1);
    const factors = graph.constants.get(scales)?.data;
    if (sizes.length !== 3 || !isStatic(sizes) || !isStatic(after) || !factors) continue;
    const at = graph.nodes.indexOf(node);
    const flat = reshape(graph, node, input, [-1, ...sizes.slice(1)]);
    const name = `${node.name}/scales`;
    const three = {
      name,
      dtype: "float32",
      shape: [3],
      data: Float32Array.of(1, Number(factors[2]), Number(factors[3])),
    } as const;
    graph.constants.set(name, three);
    graph.names.add(name);
    const resize = makeNode(
      graph,
      "Resize",
      node.name,
      [flat.outputs[0] as string, "", name],
      node.attrs,
    );
    const back = reshape(graph, node, resize.outputs[0] as string, [-1, ...after]);
    graph.values.delete(back.outputs[0] as string);
    back.outputs = node.outputs;
    graph.nodes.splice(at, 1, flat, resize, back);
  }
}

function reshape(graph: Graph, node: Node, input: string, sizes: readonly number[]): Node {
  const constant = intConstant(graph, `${node.name}/sizes`, sizes);
  return makeNode(graph, "Reshape", `${node.name}/Reshape`, [input, constant.name], {});
}

/** Whether the node depends on a transpose that brings axis 2 of its input to the channels. */
function followsChannelTranspose(node: Node, producer: ReadonlyMap<string, Node>): boolean {
  const seen = new Set<Node>();
  const queue = [node];
  for (let next = queue.pop(); next; next = queue.pop()) {
    for (const name of reads(next)) {
      const before = producer.get(name);
      if (!before || seen.has(before)) continue;
      if (before.op === "Transpose" && (before.attrs.perm as number[])[1] === 2) return true;
      seen.add(before);
      queue.push(before);
    }
  }
  return false;
}
