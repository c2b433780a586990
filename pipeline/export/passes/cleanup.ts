/** Removes what does nothing: identities, nodes nobody reads, constants nobody reads. */
import { type Graph, reads } from "../ir.ts";

/** Reads everywhere in the graph, bodies included, go to another value. */
export function redirect(graph: Graph, from: string, to: string): void {
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map((name) => (name === from ? to : name));
    if (node.body) redirect(node.body, from, to);
  }
  graph.outputs = graph.outputs.map((t) => (t.name === from ? { ...t, name: to } : t));
}

/** Identity nodes vanish; where one names a graph output, the node before it takes over the name. */
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
      if (!producer || outputs.has(from)) continue; // an input or a constant handed through, or a second name
      producer.outputs = producer.outputs.map((name) => (name === from ? to : name));
      graph.values.delete(from);
      for (const n of graph.nodes) if (n !== node) renameReads(n, from, to);
    }
    graph.nodes.splice(graph.nodes.indexOf(node), 1);
  }
}

function renameReads(node: Graph["nodes"][number], from: string, to: string): void {
  node.inputs = node.inputs.map((name) => (name === from ? to : name));
  if (node.body) redirect(node.body, from, to);
}

/** Keeps only what leads to an output. Graph inputs stay, used or not. */
export function removeDead(graph: Graph): void {
  const live = new Set(graph.outputs.map((t) => t.name));
  const kept = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => live.has(name))) continue;
    // unread trailing outputs (Y_h, Y_c) are left out of the node
    while (node.outputs.length > 1 && !live.has(node.outputs.at(-1) as string)) node.outputs.pop();
    for (const name of reads(node)) live.add(name);
    kept.push(node);
  }
  graph.nodes = kept.reverse();
  for (const name of graph.constants.keys()) if (!live.has(name)) graph.constants.delete(name);
  for (const name of graph.values.keys()) if (!live.has(name)) graph.values.delete(name);
}
