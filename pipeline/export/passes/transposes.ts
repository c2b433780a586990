/**
 * Moves transposes towards the outputs and cancels them ("transpose sinking").
 *
 * One walk in graph order: an operator whose inputs are transposed views of other values is computed on those
 * values instead, and its result is transposed. Where a transpose then meets its inverse, both are gone. What
 * remains of a channels-last network is one transpose at each end.
 */
import type { Graph, Node } from "../ir.ts";
import { operator, type TransposeRule } from "../ops.ts";
import { intConstant, lookup } from "./rewrite.ts";
import * as rules from "./transposeRules.ts";
import { isIdentity, type Perm, type TransposeSinking, type View } from "./transposeSinking.ts";

/** The table of operators says which rule each of them has. */
const RULES: Readonly<Record<TransposeRule, rules.SinkRule>> = {
  unary: rules.sinkUnary,
  broadcast: rules.sinkBroadcast,
  reduce: rules.sinkReduce,
  softmax: rules.sinkSoftmax,
  layerNormalization: rules.sinkLayerNormalization,
  concat: rules.sinkConcat,
  slice: rules.sinkSlice,
  pad: rules.sinkPad,
  squeeze: rules.sinkSqueeze,
  unsqueeze: rules.sinkUnsqueeze,
  matMul: rules.sinkMatMul,
  flatten: rules.noteFlatten,
};

/** One walk, in place; removeDead deletes the transposes that are not read any more. */
export function sinkTransposes(graph: Graph): void {
  const sinking: TransposeSinking = {
    graph,
    out: [],
    views: new Map(),
    made: new Map(),
    alias: new Map(),
    flat: new Map(),
  };
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map((name) => sinking.alias.get(name) ?? name);
    if (node.body) renameInBody(node.body, sinking.alias);
    if (node.op === "Transpose") visitTranspose(sinking, node);
    else if (!sink(sinking, node)) sinking.out.push(node);
  }
  graph.nodes = sinking.out;
}

function renameInBody(body: Graph, alias: ReadonlyMap<string, string>): void {
  for (const node of body.nodes) {
    node.inputs = node.inputs.map((name) => alias.get(name) ?? name);
    if (node.body) renameInBody(node.body, alias);
  }
}

/** Joins a transpose with the one before it; drops it if the two cancel or if the same one exists already. */
function visitTranspose(sinking: TransposeSinking, node: Node): void {
  const [input] = node.inputs as [string];
  const [output] = node.outputs as [string];
  const perm = node.attrs.perm as Perm;
  const before = sinking.views.get(input);
  const view: View = before
    ? { source: before.source, perm: perm.map((p) => before.perm[p] as number) }
    : { source: input, perm };
  const key = `${view.source}|${view.perm}`;
  const known = isIdentity(view.perm) ? view.source : sinking.made.get(key);
  if (known !== undefined) {
    sinking.alias.set(output, known);
    return;
  }
  node.inputs = [view.source];
  node.attrs = { perm: view.perm };
  sinking.views.set(output, view);
  sinking.made.set(key, output);
  sinking.out.push(node);
}

/** Rewrites a node that reads transposed views; false where it has to stay as it is. */
function sink(sinking: TransposeSinking, node: Node): boolean {
  const rule = operator(node.op).transpose;
  const flat = rule === "matMul" ? sinking.flat.get(node.inputs[0] as string) : undefined;
  if (flat) return rules.sinkFlatMatMul(sinking, node, flat);
  const perms = node.inputs.map((name) => sinking.views.get(name)?.perm);
  const perm = perms.find((p) => p !== undefined);
  if (!rule || !perm || node.outputs.length !== 1 || node.body) return false;
  return RULES[rule](sinking, node, perm);
}

/** Replaces transposes that only move axes of size 1 by reshapes, which copy nothing. */
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
