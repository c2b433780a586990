/** Merges equal constants, and nodes that compute the same from the same inputs. */
import type { Constant, Graph, Node } from "../ir.ts";
import { operator } from "../ops.ts";
import { renameReads } from "./rewrite.ts";

/** Merges equal constants under the name of the first. */
export function shareConstants(graph: Graph): void {
  const groups = new Map<string, Constant[]>();
  const alias = new Map<string, string>();
  for (const constant of graph.constants.values()) {
    const key = `${constant.dtype}[${constant.shape}]`;
    const group = groups.get(key) ?? [];
    const twin = group.find((other) => sameBytes(other, constant));
    if (twin) alias.set(constant.name, twin.name);
    else group.push(constant);
    groups.set(key, group);
  }
  rename(graph, alias);
  for (const name of alias.keys()) graph.constants.delete(name);
}

/** Object.is tells 0 from -0, so that sharing changes no bit. */
function sameBytes(a: Constant, b: Constant): boolean {
  const [x, y] = [a.data, b.data];
  if (x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i])) return false;
  return true;
}

function rename(graph: Graph, alias: ReadonlyMap<string, string>): void {
  for (const node of graph.nodes) renameReads(node, (name) => alias.get(name) ?? name);
  graph.outputs = graph.outputs.map((t) => ({ ...t, name: alias.get(t.name) ?? t.name }));
}

/** Merges nodes that compute the same. Runs after shareConstants, for equal constants must have one name. */
export function shareNodes(graph: Graph): void {
  const seen = new Map<string, Node>();
  const alias = new Map<string, string>();
  const outputs = new Set(graph.outputs.map((t) => t.name));
  graph.nodes = graph.nodes.filter((node) => {
    node.inputs = node.inputs.map((name) => alias.get(name) ?? name);
    if (node.bodies || operator(node.op).random) return true;
    const key = JSON.stringify([
      node.op,
      node.inputs,
      node.outputs.length,
      Object.entries(node.attrs).sort(),
    ]);
    const twin = seen.get(key);
    if (!twin || node.outputs.some((name) => outputs.has(name))) {
      if (!twin) seen.set(key, node);
      return true;
    }
    for (const [i, name] of node.outputs.entries()) alias.set(name, twin.outputs[i] as string);
    return false;
  });
  rename(graph, alias);
}
