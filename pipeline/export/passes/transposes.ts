/**
 * Pushes transposes towards the outputs and cancels them.
 *
 * One sweep in graph order: an operator whose inputs are transposed views of other values is computed on those
 * values instead, and its result is transposed. Where a transpose then meets its inverse, both are gone. What
 * remains of a channels-last network is one transpose at each end.
 */
import { axisOf, constantInts } from "../infer.ts";
import { type Constant, type Dim, type Graph, type Node, type Tensor, uniqueName } from "../ir.ts";
import { permute } from "../layers/layer.ts";
import { addConstant, floats, intConstant, lookup, makeNode, padRank } from "./rewrite.ts";

type Perm = readonly number[];
/** A value that is the transpose of another: value axis i is source axis perm[i]. */
interface View {
  source: string;
  perm: Perm;
}

const UNARY = new Set([
  "Relu",
  "Clip",
  "Elu",
  "Selu",
  "Sigmoid",
  "Tanh",
  "Softplus",
  "Softsign",
  "HardSigmoid",
  "Erf",
  "Exp",
  "Sqrt",
  "LeakyRelu",
  "ThresholdedRelu",
  "Cast",
  "Not",
  "Neg",
  "Abs",
  "Floor",
]);
const BROADCAST = new Set([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Max",
  "Min",
  "PRelu",
  "Where",
  "Equal",
  "Greater",
  "And",
  "Or",
]);
const REDUCE = new Set(["ReduceMean", "ReduceMax", "ReduceSum", "ReduceLogSumExp"]);

const isIdentity = (perm: Perm) => perm.every((p, i) => p === i);
const inverse = (perm: Perm) => perm.map((_, i) => perm.indexOf(i));

interface Sweep {
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

export function pushTransposes(graph: Graph): void {
  const sweep: Sweep = {
    graph,
    out: [],
    views: new Map(),
    made: new Map(),
    alias: new Map(),
    flat: new Map(),
  };
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map((name) => sweep.alias.get(name) ?? name);
    if (node.body) renameInBody(node.body, sweep.alias);
    if (node.op === "Transpose") visitTranspose(sweep, node);
    else if (!push(sweep, node)) sweep.out.push(node);
  }
  graph.nodes = sweep.out;
}

function renameInBody(body: Graph, alias: ReadonlyMap<string, string>): void {
  for (const node of body.nodes) {
    node.inputs = node.inputs.map((name) => alias.get(name) ?? name);
    if (node.body) renameInBody(node.body, alias);
  }
}

function visitTranspose(sweep: Sweep, node: Node): void {
  const [input] = node.inputs as [string];
  const [output] = node.outputs as [string];
  const perm = node.attrs.perm as Perm;
  const before = sweep.views.get(input);
  const view: View = before
    ? { source: before.source, perm: perm.map((p) => before.perm[p] as number) }
    : { source: input, perm };
  const key = `${view.source}|${view.perm}`;
  const known = isIdentity(view.perm) ? view.source : sweep.made.get(key);
  if (known !== undefined) {
    sweep.alias.set(output, known);
    return;
  }
  node.inputs = [view.source];
  node.attrs = { perm: view.perm };
  sweep.views.set(output, view);
  sweep.made.set(key, output);
  sweep.out.push(node);
}

/** Adds Transpose(source, perm), or finds it; the value's name. */
function transposed(sweep: Sweep, source: string, perm: Perm, name: string): string {
  const before = sweep.views.get(source);
  if (before)
    return transposed(
      sweep,
      before.source,
      perm.map((p) => before.perm[p] as number),
      name,
    );
  if (isIdentity(perm)) return source;
  const key = `${source}|${perm}`;
  const known = sweep.made.get(key);
  if (known !== undefined) return known;
  const node = makeNode(sweep.graph, "Transpose", name, [source], { perm });
  const [output] = node.outputs as [string];
  sweep.out.push(node);
  sweep.views.set(output, { source, perm });
  sweep.made.set(key, output);
  return output;
}

/** Rewrites a node that reads transposed views; false where it has to stay as it is. */
function push(sweep: Sweep, node: Node): boolean {
  const perm = node.inputs.map((name) => sweep.views.get(name)?.perm).find((p) => p !== undefined);
  const flat = node.op === "MatMul" ? sweep.flat.get(node.inputs[0] as string) : undefined;
  if (flat) return pushFlatMatMul(sweep, node, flat);
  if (!perm || node.outputs.length !== 1 || node.body) return false;
  if (UNARY.has(node.op))
    return replace(
      sweep,
      node,
      [source(sweep, node, 0), ...node.inputs.slice(1)],
      node.attrs,
      perm,
    );
  if (BROADCAST.has(node.op)) return pushBroadcast(sweep, node, perm);
  if (node.op === "Concat") return pushConcat(sweep, node, perm);
  if (node.op === "Softmax" || node.op === "LogSoftmax") {
    const axis = perm[axisOf(Number(node.attrs.axis ?? -1), perm.length)] as number;
    return replace(sweep, node, [source(sweep, node, 0)], { ...node.attrs, axis }, perm);
  }
  if (REDUCE.has(node.op)) return pushReduce(sweep, node, perm);
  if (node.op === "Slice") return pushSlice(sweep, node, perm);
  if (node.op === "Pad") return pushPad(sweep, node, perm);
  if (node.op === "MatMul") return pushMatMul(sweep, node, perm);
  if (
    node.op === "LayerNormalization" &&
    node.attrs.axis === -1 &&
    perm.at(-1) === perm.length - 1
  ) {
    return replace(
      sweep,
      node,
      [source(sweep, node, 0), ...node.inputs.slice(1)],
      node.attrs,
      perm,
    );
  }
  if (node.op === "Reshape") noteFlatten(sweep, node, perm);
  return false;
}

/** The untransposed value behind input i; only called where input i is a view. */
function source(sweep: Sweep, node: Node, i: number): string {
  const view = sweep.views.get(node.inputs[i] as string);
  if (!view) throw new Error(`internal: input ${i} of ${node.name} is no transpose`);
  return view.source;
}

/** Puts the node computed on untransposed inputs, and a transpose of its result under the old name. */
function replace(
  sweep: Sweep,
  node: Node,
  inputs: string[],
  attrs: Node["attrs"],
  perm: Perm,
): boolean {
  const { graph } = sweep;
  const [output] = node.outputs as [string];
  const old = graph.values.get(output) as Tensor;
  const name = uniqueName(graph, `${output}.nc`);
  const shape: Dim[] = inverse(perm).map((p) => old.shape[p] ?? null);
  graph.values.set(name, { name, dtype: old.dtype, shape });
  sweep.out.push({ ...node, inputs, outputs: [name], attrs });
  if (isIdentity(perm)) sweep.alias.set(output, name);
  else {
    const made = makeTranspose(sweep, name, perm, output, node.name);
    if (made !== output) sweep.alias.set(output, made);
  }
  return true;
}

function makeTranspose(
  sweep: Sweep,
  from: string,
  perm: Perm,
  output: string,
  name: string,
): string {
  sweep.out.push({
    op: "Transpose",
    name: uniqueName(sweep.graph, `${name}/Transpose`),
    inputs: [from],
    outputs: [output],
    attrs: { perm },
  });
  sweep.views.set(output, { source: from, perm });
  sweep.made.set(`${from}|${perm}`, output);
  return output;
}

/** Input `i` in source layout: a view undone, a constant permuted, a cheap or existing transpose used; else undefined. */
function inLayout(sweep: Sweep, node: Node, i: number, perm: Perm): (() => string) | undefined {
  const { graph } = sweep;
  const name = node.inputs[i] as string;
  const view = sweep.views.get(name);
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
      sweep.made.has(`${view.source}|${back.map((p) => view.perm[p])}`)
    : sweep.made.has(`${name}|${back}`);
  // [N, 1, 1, C] to [N, C, 1, 1] moves no data: it becomes a Reshape
  const movesNothing = back[0] === 0 && tensor.shape.slice(1).filter((d) => d !== 1).length <= 1;
  return exists || movesNothing
    ? () => transposed(sweep, name, back, `${node.name}/Transpose`)
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

function pushBroadcast(sweep: Sweep, node: Node, perm: Perm): boolean {
  const moved = node.inputs.map((_, i) => inLayout(sweep, node, i, perm));
  if (moved.some((m) => !m)) return false;
  return replace(
    sweep,
    node,
    moved.map((m) => m?.() as string),
    node.attrs,
    perm,
  );
}

function pushConcat(sweep: Sweep, node: Node, perm: Perm): boolean {
  const moved = node.inputs.map((_, i) => inLayout(sweep, node, i, perm));
  if (moved.some((m) => !m)) return false;
  const axis = perm[axisOf(Number(node.attrs.axis), perm.length)] as number;
  return replace(
    sweep,
    node,
    moved.map((m) => m?.() as string),
    { axis },
    perm,
  );
}

function pushReduce(sweep: Sweep, node: Node, perm: Perm): boolean {
  const fromInput = node.inputs[1]
    ? constantInts(sweep.graph.constants.get(node.inputs[1]))
    : undefined;
  const axes = (fromInput ?? (node.attrs.axes as number[])).map((a) => axisOf(a, perm.length));
  const moved = axes.map((a) => perm[a] as number).sort((a, b) => a - b);
  const rest = perm.filter((_, i) => !axes.includes(i));
  const order = [...rest].sort((a, b) => a - b);
  const after = node.attrs.keepdims === 0 ? rest.map((p) => order.indexOf(p)) : perm;
  const inputs = [source(sweep, node, 0)];
  if (fromInput) inputs.push(intConstant(sweep.graph, `${node.name}/axes`, moved).name);
  const attrs = fromInput ? node.attrs : { ...node.attrs, axes: moved };
  return replace(sweep, node, inputs, attrs, after);
}

function pushSlice(sweep: Sweep, node: Node, perm: Perm): boolean {
  const axes = constantInts(sweep.graph.constants.get(node.inputs[3] ?? ""));
  if (!axes) return false;
  const moved = intConstant(
    sweep.graph,
    `${node.name}/axes`,
    axes.map((a) => perm[axisOf(a, perm.length)] as number),
  );
  const inputs = [
    source(sweep, node, 0),
    ...node.inputs.slice(1, 3),
    moved.name,
    ...node.inputs.slice(4),
  ];
  return replace(sweep, node, inputs, node.attrs, perm);
}

function pushPad(sweep: Sweep, node: Node, perm: Perm): boolean {
  const pads = constantInts(sweep.graph.constants.get(node.inputs[1] ?? ""));
  if (!pads) return false;
  const back = inverse(perm);
  const n = perm.length;
  const moved = [...back.map((p) => pads[p] as number), ...back.map((p) => pads[p + n] as number)];
  const inputs = [
    source(sweep, node, 0),
    intConstant(sweep.graph, `${node.name}/pads`, moved).name,
    ...node.inputs.slice(2),
  ];
  return replace(sweep, node, inputs, node.attrs, perm);
}

/** A dense layer over channels: stays a MatMul where the last axis stays last, else it is a 1x1 convolution. */
function pushMatMul(sweep: Sweep, node: Node, perm: Perm): boolean {
  const weight = floats(sweep.graph, node.inputs[1]);
  const rank = perm.length;
  if (weight?.shape.length !== 2 || !sweep.views.has(node.inputs[0] as string)) return false;
  if (perm.at(-1) === rank - 1)
    return replace(sweep, node, [source(sweep, node, 0), weight.name], node.attrs, perm);
  const channelsLast =
    perm[0] === 0 && perm[rank - 1] === 1 && perm.slice(1, -1).every((p, i) => p === i + 2);
  if (!channelsLast) return false;
  const [inSize, outSize] = weight.shape as [number, number];
  const kernel = addConstant(sweep.graph, {
    ...weight,
    shape: [outSize, inSize, ...Array<number>(rank - 2).fill(1)],
    data: permute(weight.data, weight.shape, [1, 0]),
  });
  const ones = Array<number>(rank - 2).fill(1);
  const conv: Node = { ...node, op: "Conv" };
  return replace(
    sweep,
    conv,
    [source(sweep, node, 0), kernel.name],
    { kernel_shape: ones, strides: ones },
    perm,
  );
}

/** Remembers [batch, -1] reshapes of a view: a Dense behind can permute its rows instead. */
function noteFlatten(sweep: Sweep, node: Node, perm: Perm): void {
  const shape = lookup(sweep.graph, node.inputs[0] as string)?.shape ?? [];
  const sizes = constantInts(sweep.graph.constants.get(node.inputs[1] ?? ""));
  if (
    perm[0] !== 0 ||
    sizes?.length !== 2 ||
    sizes[0] !== 0 ||
    shape.slice(1).some((d) => typeof d !== "number")
  )
    return;
  sweep.flat.set(node.outputs[0] as string, { source: source(sweep, node, 0), perm });
}

function pushFlatMatMul(sweep: Sweep, node: Node, { source: from, perm }: View): boolean {
  const { graph } = sweep;
  const weight = floats(graph, node.inputs[1]);
  if (weight?.shape.length !== 2) return false;
  const dims = (lookup(graph, from) as Tensor).shape.slice(1) as number[];
  const viewDims = perm.slice(1).map((p) => dims[p - 1] as number);
  const units = weight.shape[1] as number;
  // rows come in the view's order; bring them into the source's
  const order = [
    ...inverse(perm)
      .slice(1)
      .map((p) => p - 1),
    perm.length - 1,
  ];
  const data = permute(weight.data, [...viewDims, units], order);
  const kernel = addConstant(graph, { ...weight, data });
  const reshape = makeNode(
    graph,
    "Reshape",
    `${node.name}/Reshape`,
    [from, intConstant(graph, `${node.name}/sizes`, [0, -1]).name],
    {},
  );
  sweep.out.push(reshape, { ...node, inputs: [reshape.outputs[0] as string, kernel.name] });
  return true;
}

/** Transposes that only move axes of size 1 become reshapes, which cost nothing. */
export function trivialTransposes(graph: Graph): void {
  for (const node of graph.nodes) {
    if (node.op !== "Transpose") continue;
    const shape = lookup(graph, node.inputs[0] as string)?.shape ?? [];
    const perm = node.attrs.perm as Perm;
    const moving = perm.filter((p) => shape[p] !== 1);
    if (!moving.every((p, i) => i === 0 || (moving[i - 1] as number) < p)) continue;
    const out = perm.map((p, i) => (p === i ? 0 : (shape[p] ?? null)));
    const open = out.filter((d) => typeof d !== "number").length;
    if (open > 1) continue;
    const sizes = out.map((d) => (typeof d === "number" ? d : -1));
    node.inputs.push(intConstant(graph, `${node.name}/sizes`, sizes).name);
    (node as { op: string }).op = "Reshape";
    node.attrs = {};
  }
}
