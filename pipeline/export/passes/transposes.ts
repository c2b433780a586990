/**
 * Pushes transposes towards the outputs and cancels them.
 *
 * One sweep in graph order: an operator whose inputs are transposed views of other values is computed on those
 * values instead, and its result is transposed. Where a transpose then meets its inverse, both are gone. What
 * remains of a channels-last network is one transpose at each end.
 */
import type { Graph, Node } from "../ir.ts";
import { intConstant, lookup } from "./rewrite.ts";
import { isIdentity, type Perm, type Sweep, type View } from "./sweep.ts";
import * as rules from "./transposeRules.ts";

/** Operator -> the rule that pushes a transpose through it; the rest stop transposes. */
const RULES: Readonly<Record<string, rules.PushRule>> = {
  ...all(
    [
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
    ],
    rules.pushUnary,
  ),
  ...all(
    ["Add", "Sub", "Mul", "Div", "Max", "Min", "PRelu", "Where", "Equal", "Greater", "And", "Or"],
    rules.pushBroadcast,
  ),
  ...all(["ReduceMean", "ReduceMax", "ReduceSum", "ReduceLogSumExp"], rules.pushReduce),
  Softmax: rules.pushSoftmax,
  LogSoftmax: rules.pushSoftmax,
  Concat: rules.pushConcat,
  Slice: rules.pushSlice,
  Pad: rules.pushPad,
  MatMul: rules.pushMatMul,
  LayerNormalization: rules.pushLayerNormalization,
  Reshape: rules.noteFlatten,
};

function all(ops: readonly string[], rule: rules.PushRule): Record<string, rules.PushRule> {
  return Object.fromEntries(ops.map((op) => [op, rule]));
}

/** One sweep, in place; transposes nobody reads any more are left to removeDead. */
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

/** Joins a transpose with the one before it; gone if the two cancel or if it exists already. */
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

/** Rewrites a node that reads transposed views; false where it has to stay as it is. */
function push(sweep: Sweep, node: Node): boolean {
  const flat = node.op === "MatMul" ? sweep.flat.get(node.inputs[0] as string) : undefined;
  if (flat) return rules.pushFlatMatMul(sweep, node, flat);
  const perm = node.inputs.map((name) => sweep.views.get(name)?.perm).find((p) => p !== undefined);
  if (!perm || node.outputs.length !== 1 || node.body) return false;
  return RULES[node.op]?.(sweep, node, perm) ?? false;
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
