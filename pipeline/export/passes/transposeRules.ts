/** How each operator is computed on untransposed inputs: one small rule per operator family. */

import type { Node, Tensor } from "../ir.ts";
import { axisOf, constantInts } from "../shapes.ts";
import { permute } from "../strided.ts";
import { addConstant, floats, intConstant, lookup, makeNode } from "./rewrite.ts";
import {
  inLayout,
  inverse,
  type Perm,
  replace,
  source,
  type TransposeSinking,
  type View,
} from "./transposeSinking.ts";

/** Rewrites a node that reads views transposed by `perm`; false where it has to stay as it is. */
export type SinkRule = (sinking: TransposeSinking, node: Node, perm: Perm) => boolean;

/** Elementwise with one tensor input; what else it reads (the bounds of a Clip) are scalars. */
export function sinkUnary(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  return replace(
    sinking,
    node,
    [source(sinking, node, 0), ...node.inputs.slice(1)],
    node.attrs,
    perm,
  );
}

/** The axis moves with the data. */
export function sinkSoftmax(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  const axis = perm[axisOf(Number(node.attrs.axis ?? -1), perm.length)] as number;
  return replace(sinking, node, [source(sinking, node, 0)], { ...node.attrs, axis }, perm);
}

/** Only over the last axis, and only where that stays last: its scale has to follow. */
export function sinkLayerNormalization(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  if (node.attrs.axis !== -1 || perm.at(-1) !== perm.length - 1) return false;
  return replace(
    sinking,
    node,
    [source(sinking, node, 0), ...node.inputs.slice(1)],
    node.attrs,
    perm,
  );
}

/** All inputs have to come in one layout; constants are permuted at conversion. */
export function sinkBroadcast(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  const moved = node.inputs.map((_, i) => inLayout(sinking, node, i, perm));
  if (moved.some((m) => !m)) return false;
  return replace(
    sinking,
    node,
    moved.map((m) => m?.() as string),
    node.attrs,
    perm,
  );
}

/** Joins in source layout, over the axis the old one was. */
export function sinkConcat(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  const moved = node.inputs.map((_, i) => inLayout(sinking, node, i, perm));
  if (moved.some((m) => !m)) return false;
  const axis = perm[axisOf(Number(node.attrs.axis), perm.length)] as number;
  return replace(
    sinking,
    node,
    moved.map((m) => m?.() as string),
    { axis },
    perm,
  );
}

/** Reduced axes vanish from the permutation, unless they are kept as 1. */
export function sinkReduce(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  const fromInput = node.inputs[1]
    ? constantInts(sinking.graph.constants.get(node.inputs[1]))
    : undefined;
  const axes = (fromInput ?? (node.attrs.axes as number[])).map((a) => axisOf(a, perm.length));
  const moved = axes.map((a) => perm[a] as number).sort((a, b) => a - b);
  const rest = perm.filter((_, i) => !axes.includes(i));
  const order = [...rest].sort((a, b) => a - b);
  const after = node.attrs.keepdims === 0 ? rest.map((p) => order.indexOf(p)) : perm;
  const inputs = [source(sinking, node, 0)];
  if (fromInput) inputs.push(intConstant(sinking.graph, `${node.name}/axes`, moved).name);
  const attrs = fromInput ? node.attrs : { ...node.attrs, axes: moved };
  return replace(sinking, node, inputs, attrs, after);
}

/** The axes of the source that the node's go to vanish from the permutation. */
export function sinkSqueeze(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  const given = constantInts(sinking.graph.constants.get(node.inputs[1] ?? ""));
  if (!given) return false;
  const axes = given.map((a) => axisOf(a, perm.length));
  const rest = perm.filter((_, i) => !axes.includes(i));
  const order = [...rest].sort((a, b) => a - b);
  const moved = axes.map((a) => perm[a] as number).sort((a, b) => a - b);
  const inputs = [
    source(sinking, node, 0),
    intConstant(sinking.graph, `${node.name}/axes`, moved).name,
  ];
  return replace(
    sinking,
    node,
    inputs,
    node.attrs,
    rest.map((p) => order.indexOf(p)),
  );
}

/** New axes stand at the same places of the source; the others keep their order around them. */
export function sinkUnsqueeze(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  const given = constantInts(sinking.graph.constants.get(node.inputs[1] ?? ""));
  if (!given) return false;
  const rank = perm.length + given.length;
  const axes = given.map((a) => axisOf(a, rank));
  const places = Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i));
  const after = Array.from({ length: rank }, (_, i) =>
    axes.includes(i) ? i : (places[perm[places.indexOf(i)] as number] as number),
  );
  const inputs = [source(sinking, node, 0), node.inputs[1] as string];
  return replace(sinking, node, inputs, node.attrs, after);
}

/** Cuts the axis of the source. */
export function sinkSlice(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  const axes = constantInts(sinking.graph.constants.get(node.inputs[3] ?? ""));
  if (!axes) return false;
  const moved = intConstant(
    sinking.graph,
    `${node.name}/axes`,
    axes.map((a) => perm[axisOf(a, perm.length)] as number),
  );
  const inputs = [
    source(sinking, node, 0),
    ...node.inputs.slice(1, 3),
    moved.name,
    ...node.inputs.slice(4),
  ];
  return replace(sinking, node, inputs, node.attrs, perm);
}

/** Pads the axes of the source. */
export function sinkPad(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  const pads = constantInts(sinking.graph.constants.get(node.inputs[1] ?? ""));
  if (!pads) return false;
  const back = inverse(perm);
  const n = perm.length;
  const moved = [...back.map((p) => pads[p] as number), ...back.map((p) => pads[p + n] as number)];
  const inputs = [
    source(sinking, node, 0),
    intConstant(sinking.graph, `${node.name}/pads`, moved).name,
    ...node.inputs.slice(2),
  ];
  return replace(sinking, node, inputs, node.attrs, perm);
}

/** A dense layer over channels: stays a MatMul where the last axis stays last, else it is a 1x1 convolution. */
export function sinkMatMul(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  const weight = floats(sinking.graph, node.inputs[1]);
  const rank = perm.length;
  if (weight?.shape.length !== 2 || !sinking.views.has(node.inputs[0] as string)) return false;
  if (perm.at(-1) === rank - 1)
    return replace(sinking, node, [source(sinking, node, 0), weight.name], node.attrs, perm);
  const channelsLast =
    perm[0] === 0 && perm[rank - 1] === 1 && perm.slice(1, -1).every((p, i) => p === i + 2);
  if (!channelsLast) return false;
  const [inSize, outSize] = weight.shape as [number, number];
  const kernel = addConstant(sinking.graph, {
    ...weight,
    shape: [outSize, inSize, ...Array<number>(rank - 2).fill(1)],
    data: permute(weight.data, weight.shape, [1, 0]),
  });
  const ones = Array<number>(rank - 2).fill(1);
  const conv: Node = { ...node, op: "Conv" };
  return replace(
    sinking,
    conv,
    [source(sinking, node, 0), kernel.name],
    { kernel_shape: ones, strides: ones },
    perm,
  );
}

/** Notes [batch, -1] reshapes of a view: a Dense behind them can permute its rows instead. */
export function noteFlatten(sinking: TransposeSinking, node: Node, perm: Perm): boolean {
  const shape = lookup(sinking.graph, node.inputs[0] as string)?.shape ?? [];
  const sizes = constantInts(sinking.graph.constants.get(node.inputs[1] ?? ""));
  if (
    perm[0] !== 0 ||
    sizes?.length !== 2 ||
    sizes[0] !== 0 ||
    shape.slice(1).some((d) => typeof d !== "number")
  )
    return false;
  sinking.flat.set(node.outputs[0] as string, { source: source(sinking, node, 0), perm });
  return false;
}

/** A Dense behind a flattened view reads the flattened source, its rows in that order. */
export function sinkFlatMatMul(
  sinking: TransposeSinking,
  node: Node,
  { source: from, perm }: View,
): boolean {
  const { graph } = sinking;
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
  sinking.out.push(reshape, { ...node, inputs: [reshape.outputs[0] as string, kernel.name] });
  return true;
}
