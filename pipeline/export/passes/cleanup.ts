/** Removes identities and everything that no output depends on; merges casts and reshapes in a row. */
import { type Graph, type Node, reads } from "../ir.ts";
import { operator } from "../ops.ts";
import { renameReads } from "./rewrite.ts";

/** Replaces a value by another wherever it is read, in bodies too. */
function redirect(graph: Graph, from: string, to: string): void {
  const now = (name: string) => (name === from ? to : name);
  for (const node of graph.nodes) renameReads(node, now);
  graph.outputs = graph.outputs.map((t) => (t.name === from ? { ...t, name: to } : t));
}

/** Removes Identity nodes. Where one names a graph output, the node before it takes over the name. */
export function removeIdentities(graph: Graph): void {
  const outputs = new Set(graph.outputs.map((t) => t.name));
  for (const node of [...graph.nodes]) {
    const [from] = node.inputs as [string];
    const [to] = node.outputs as [string];
    if (node.op !== "Identity") continue;
    if (!outputs.has(to)) {
      redirect(graph, to, from);
    } else {
      const producer = graph.nodes.find((n) => n.outputs.includes(from));
      // its input is a graph input, a constant, or an output with a name of its own
      if (!producer || outputs.has(from)) continue;
      producer.outputs = producer.outputs.map((name) => (name === from ? to : name));
      graph.values.delete(from);
      for (const n of graph.nodes)
        if (n !== node) renameReads(n, (name) => (name === from ? to : name));
    }
    graph.nodes.splice(graph.nodes.indexOf(node), 1);
  }
}

/** Removes nodes, constants and values that no output depends on. Graph inputs stay. */
export function removeDead(graph: Graph): void {
  const live = new Set(graph.outputs.map((t) => t.name));
  const kept = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => live.has(name))) continue;
    const { optionalOutputs } = operator(node.op);
    while (optionalOutputs && node.outputs.length > 1 && !live.has(node.outputs.at(-1) as string))
      node.outputs.pop();
    if (node.op === "Scan") removeUnreadSequences(node, live);
    for (const name of reads(node)) live.add(name);
    kept.push(node);
  }
  graph.nodes = kept.reverse();
  for (const name of graph.constants.keys()) if (!live.has(name)) graph.constants.delete(name);
  for (const name of graph.values.keys()) if (!live.has(name)) graph.values.delete(name);
}

/** A Scan need not stack what nobody reads; its states come first and stay. */
function removeUnreadSequences(node: Node, live: ReadonlySet<string>): void {
  const body = node.bodies?.body as Graph;
  const states = body.inputs.length - Number(node.attrs.num_scan_inputs);
  while (node.outputs.length > states && !live.has(node.outputs.at(-1) as string)) {
    node.outputs.pop();
    body.outputs.pop();
  }
  removeDead(body);
}

/** Cast(Cast(x)): skips the inner cast where it is exact. */
export function mergeCasts(graph: Graph): void {
  const producer = new Map(graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const exact: Record<string, readonly string[]> = {
    uint8: ["int32", "int64", "float32"],
    int8: ["int32", "int64", "float32"],
    bool: ["uint8", "int32", "int64", "float32"],
    int32: ["int64"],
  };
  for (const node of graph.nodes) {
    const inner = node.op === "Cast" ? producer.get(node.inputs[0] as string) : undefined;
    if (inner?.op !== "Cast") continue;
    const from = graph.values.get(inner.inputs[0] as string);
    const middle = graph.values.get(inner.outputs[0] as string);
    if (from && middle && exact[from.dtype]?.includes(middle.dtype))
      node.inputs = [...inner.inputs];
  }
}

/** Reshape(Reshape(x)): skips the inner one if the outer one copies no size but the batch. */
export function mergeReshapes(graph: Graph): void {
  const producer = new Map(graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  for (const node of graph.nodes) {
    const inner = node.op === "Reshape" ? producer.get(node.inputs[0] as string) : undefined;
    if (inner?.op !== "Reshape") continue;
    const sizes = graph.constants.get(node.inputs[1] as string)?.data;
    const innerSizes = graph.constants.get(inner.inputs[1] as string)?.data;
    if (!sizes || !innerSizes || Number(innerSizes[0]) !== 0) continue;
    const copies = Array.from(sizes, Number).some((s, i) => s === 0 && i > 0);
    if (!copies) node.inputs = [inner.inputs[0] as string, node.inputs[1] as string];
  }
}
