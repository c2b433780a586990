/** Settles which inputs of a graph model have the same batch size: those whose rows the graph combines. */
import { bodiesOf, type Dim, type Graph, type Node, type Shape, type Tensor } from "../ir.ts";
import { operator } from "../ops.ts";
import { baseOfBatch, bothBatches } from "../ownBatch.ts";
import * as rule from "../shapeRules.ts";
import { axisOf, int } from "../shapes.ts";

/**
 * Renames the batch sizes in place. Inputs whose rows meet in an operator that wants as many of each have one. The one
 * that the user named `batch`, else that of the most inputs, keeps this name, and every other is `NAME_0`, by its first
 * input.
 */
export function settleBatches(graph: Graph): void {
  const opens = graph.inputs.filter(({ shape }) => baseOfBatch(shape[0] ?? null) !== undefined);
  if (opens.length === 0) return;
  const groups = new Groups();
  unite(graph, shapesOf(graph), groups);
  const members = new Map<string, string[]>();
  for (const { name, shape } of opens) {
    const root = groups.root(shape[0] as string);
    members.set(root, [...(members.get(root) ?? []), name]);
  }
  const base = baseOfBatch(opens[0]!.shape[0] ?? null)!;
  const given = graph.inputs.some(({ shape }) => shape.includes(base));
  const most = Math.max(...[...members.values()].map((names) => names.length));
  const main = given ? base : [...members].find(([, names]) => names.length === most)![0];
  const named = (symbol: string): string => {
    const root = groups.root(symbol);
    return root === main ? base : `${members.get(root)![0]}_0`;
  };
  const names = new Map(opens.map(({ shape }) => [shape[0] as string, named(shape[0] as string)]));
  rename(graph, names);
}

/** Sizes that are equal. */
class Groups {
  private readonly parents = new Map<string, string>();

  root(name: string): string {
    let at = name;
    for (let up = this.parents.get(at); up !== undefined; up = this.parents.get(at)) at = up;
    return at;
  }

  unite(a: string, b: string): void {
    const [x, y] = [this.root(a), this.root(b)];
    if (x === y) return;
    // a size that the user named stays the name of its group
    if (baseOfBatch(x) === undefined) this.parents.set(y, x);
    else this.parents.set(x, y);
  }
}

/** Shapes by name, those in bodies included: names are different throughout a graph. */
function shapesOf(graph: Graph): Map<string, Shape> {
  const all = [graph, ...graph.nodes.flatMap(bodiesOf)];
  const own = [...graph.values.values(), ...graph.constants.values(), ...graph.inputs];
  const inner = all.slice(1).flatMap((body) => [...shapesOf(body)]);
  return new Map([...own.map(({ name, shape }): [string, Shape] => [name, shape]), ...inner]);
}

/** Rules of operators that combine their inputs row by row. */
const COMBINING = new Set([rule.elementwise, rule.comparison, rule.where, rule.matMul]);

function unite(graph: Graph, shapes: ReadonlyMap<string, Shape>, groups: Groups): void {
  for (const node of graph.nodes) {
    for (const body of bodiesOf(node)) unite(body, shapes, groups);
    const inputs = node.inputs.map((name) => shapes.get(name) ?? []);
    for (const sizes of alignedSizes(node, inputs)) {
      const [first, ...others] = sizes.filter((d): d is string => typeof d === "string");
      for (const other of others)
        if (first !== undefined && bothBatches(first, other)) groups.unite(first, other);
    }
  }
}

/** The sizes that have to be equal, axis by axis. */
function alignedSizes(node: Node, inputs: readonly Shape[]): Dim[][] {
  const { shapes } = operator(node.op);
  const rank = Math.max(0, ...inputs.map((shape) => shape.length));
  const axes = Array.from({ length: rank }, (_, i) => i);
  if (shapes === rule.concat) {
    const joined = axisOf(int(node.attrs, "axis", 0), rank);
    return axes.filter((i) => i !== joined).map((i) => inputs.map((shape) => shape[i] ?? null));
  }
  if (!COMBINING.has(shapes)) return [];
  const aligned = shapes === rule.matMul ? axes.slice(0, -2) : axes;
  return aligned.map((i) => inputs.map((shape) => shape[shape.length - rank + i] ?? null));
}

function rename(graph: Graph, names: ReadonlyMap<string, string>): void {
  const size = (d: Dim): Dim => {
    if (typeof d !== "string" || !d.includes("#")) return d;
    let text = d;
    for (const [symbol, name] of names) text = text.replaceAll(symbol, name);
    return text;
  };
  const renamed = <T extends Tensor>(t: T): T => ({ ...t, shape: t.shape.map(size) });
  graph.inputs = graph.inputs.map(renamed);
  graph.outputs = graph.outputs.map(renamed);
  for (const [name, value] of graph.values) graph.values.set(name, renamed(value));
  for (const body of graph.nodes.flatMap(bodiesOf)) rename(body, names);
}
