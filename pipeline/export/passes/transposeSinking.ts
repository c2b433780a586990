/** The state of the pass that moves transposes behind the operators they stand before, and what its rules share. */
import { type Constant, type Dim, type Graph, type Node, type Tensor, uniqueName } from "../ir.ts";
import { permute } from "../strided.ts";
import { addConstant, floats, lookup, makeNode, padRank } from "./rewrite.ts";

/** ONNX convention: axis i of the result is axis perm[i] of the source. */
export type Perm = readonly number[];
/** A value that is the transpose of another: value axis i is source axis perm[i]. */
export interface View {
  source: string;
  perm: Perm;
}

/** What the walk over the graph has seen so far. */
export interface TransposeSinking {
  graph: Graph;
  out: Node[];
  views: Map<string, View>;
  /** "source|perm" -> the value that holds this transpose already. */
  made: Map<string, string>;
  /** A value that was replaced -> what replaces it. */
  alias: Map<string, string>;
  /** A flattened view: the value is Reshape(transpose(source, perm), [batch, -1]). */
  flat: Map<string, View>;
}

export const isIdentity = (perm: Perm) => perm.every((p, i) => p === i);
export const inverse = (perm: Perm) => perm.map((_, i) => perm.indexOf(i));

/** Adds Transpose(source, perm), or finds it; the value's name. */
export function transposed(
  sinking: TransposeSinking,
  source: string,
  perm: Perm,
  name: string,
): string {
  const before = sinking.views.get(source);
  if (before)
    return transposed(
      sinking,
      before.source,
      perm.map((p) => before.perm[p] as number),
      name,
    );
  if (isIdentity(perm)) return source;
  const key = `${source}|${perm}`;
  const known = sinking.made.get(key);
  if (known !== undefined) return known;
  const node = makeNode(sinking.graph, "Transpose", name, [source], { perm });
  const [output] = node.outputs as [string];
  sinking.out.push(node);
  sinking.views.set(output, { source, perm });
  sinking.made.set(key, output);
  return output;
}

/** The untransposed value behind input i; only called where input i is a view. */
export function source(sinking: TransposeSinking, node: Node, i: number): string {
  const view = sinking.views.get(node.inputs[i] as string);
  if (!view) throw new Error(`internal: input ${i} of ${node.name} is not a transpose`);
  return view.source;
}

/** Puts the node computed on untransposed inputs, and a transpose of its result under the old name. */
export function replace(
  sinking: TransposeSinking,
  node: Node,
  inputs: string[],
  attrs: Node["attrs"],
  perm: Perm,
): boolean {
  const { graph } = sinking;
  const [output] = node.outputs as [string];
  const old = graph.values.get(output) as Tensor;
  const name = uniqueName(graph, `${output}.nc`);
  const shape: Dim[] = inverse(perm).map((p) => old.shape[p] ?? null);
  graph.values.set(name, { name, dtype: old.dtype, shape });
  sinking.out.push({ ...node, inputs, outputs: [name], attrs });
  if (isIdentity(perm)) sinking.alias.set(output, name);
  else {
    const made = makeTranspose(sinking, name, perm, output, node.name);
    if (made !== output) sinking.alias.set(output, made);
  }
  return true;
}

function makeTranspose(
  sinking: TransposeSinking,
  from: string,
  perm: Perm,
  output: string,
  name: string,
): string {
  sinking.out.push({
    op: "Transpose",
    name: uniqueName(sinking.graph, `${name}/Transpose`),
    inputs: [from],
    outputs: [output],
    attrs: { perm },
  });
  sinking.views.set(output, { source: from, perm });
  sinking.made.set(`${from}|${perm}`, output);
  return output;
}

/**
 * Input `i` in source layout: a view undone, a constant permuted, a cheap or existing transpose used; else undefined.
 */
export function inLayout(
  sinking: TransposeSinking,
  node: Node,
  i: number,
  perm: Perm,
): (() => string) | undefined {
  const { graph } = sinking;
  const name = node.inputs[i] as string;
  const view = sinking.views.get(name);
  if (view && String(view.perm) === String(perm)) return () => view.source;
  const tensor = lookup(graph, name);
  if (!tensor) return undefined;
  const back = inverse(perm);
  const constant = graph.constants.get(name);
  if (constant) {
    if (constant.data.length === 1) return () => name;
    const weight = floats(graph, name);
    return weight && weight.shape.length <= perm.length
      ? () => permutedConstant(graph, weight, back).name
      : undefined;
  }
  if (tensor.shape.length === 0) return () => name;
  if (tensor.shape.length !== perm.length) return undefined;
  const exists = view
    ? isIdentity(back.map((p) => view.perm[p] as number)) ||
      sinking.made.has(`${view.source}|${back.map((p) => view.perm[p])}`)
    : sinking.made.has(`${name}|${back}`);
  // [N, 1, 1, C] to [N, C, 1, 1] moves no data: it becomes a Reshape
  const movesNothing = back[0] === 0 && tensor.shape.slice(1).filter((d) => d !== 1).length <= 1;
  return exists || movesNothing
    ? () => transposed(sinking, name, back, `${node.name}/Transpose`)
    : undefined;
}

function permutedConstant(
  graph: Graph,
  weight: Constant & { data: Float32Array },
  perm: Perm,
): Constant {
  const shape = padRank(weight.shape, perm.length);
  return addConstant(graph, {
    ...weight,
    shape: perm.map((p) => shape[p] as number),
    data: permute(weight.data, shape, perm),
  });
}
