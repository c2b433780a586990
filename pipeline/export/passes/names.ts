/** Gives rewritten constants and values the plain names of their originals, where those have been removed. */
import { bodiesOf, type Graph, reads } from "../ir.ts";

/** `conv/kernel_1` -> `conv/kernel`, `relu/Relu:0.nc` -> `relu/Relu:0`, wherever nothing else has that name. */
export function tidyNames(graph: Graph): void {
  const taken = new Set(valueNames(graph));
  // graph inputs and outputs keep the names that users know, and so do values that bodies read
  const fixed = new Set([...graph.inputs, ...graph.outputs].map((t) => t.name));
  for (const node of graph.nodes) if (node.bodies) for (const name of reads(node)) fixed.add(name);
  const renamed = new Map<string, string>();
  for (const name of [...graph.constants.keys(), ...graph.values.keys()]) {
    const plain = name.replace(/(\.nc|_\d+)+$/, "");
    if (plain === name || fixed.has(name) || taken.has(plain)) continue;
    taken.add(plain);
    renamed.set(name, plain);
  }
  const now = (name: string) => renamed.get(name) ?? name;
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map(now);
    node.outputs = node.outputs.map(now);
  }
  graph.constants = new Map(
    [...graph.constants].map(([name, c]) => [now(name), { ...c, name: now(name) }]),
  );
  graph.values = new Map(
    [...graph.values].map(([name, t]) => [now(name), { ...t, name: now(name) }]),
  );
}

/** Every value that the graph and the bodies in it name. */
function valueNames(graph: Graph): string[] {
  return [
    ...graph.inputs.map((t) => t.name),
    ...graph.nodes.flatMap((n) => [
      ...reads(n),
      ...n.outputs,
      ...bodiesOf(n).flatMap((body) => [...body.constants.keys(), ...valueNames(body)]),
    ]),
  ];
}
