/** Zero paddings: merges them into a convolution behind, and keeps runtimes from merging them into a pooling behind. */

import type { Graph, Node } from "../ir.ts";
import { operator } from "../ops.ts";
import { constantInts } from "../shapes.ts";
import { floatConstant, floats, makeNode, producers } from "./rewrite.ts";

interface Padding {
  node: Node;
  /** [begin of each axis, end of each axis] of the spatial axes. */
  spatial: number[];
}

/** The zero padding a node reads its input from, if it pads nothing but space. */
function paddingBefore(
  graph: Graph,
  producer: ReadonlyMap<string, Node>,
  node: Node,
): Padding | undefined {
  const pad = producer.get(node.inputs[0] as string);
  const isZero = pad?.op === "Pad" && pad.inputs.length <= 2 && pad.attrs.mode === "constant";
  if (!isZero) return undefined;
  const pads = constantInts(graph.constants.get(pad.inputs[1] as string));
  if (!pads) return undefined;
  const rank = pads.length / 2;
  const [begin, end] = [pads.slice(0, rank), pads.slice(rank)];
  if (begin[0] || begin[1] || end[0] || end[1]) return undefined;
  return { node: pad, spatial: [...begin.slice(2), ...end.slice(2)] };
}

/** The pads of the window with those of the padding added. */
function together(node: Node, { spatial }: Padding): number[] {
  const own = (node.attrs.pads as number[] | undefined) ?? [];
  return spatial.map((p, i) => p + (own[i] ?? 0));
}

/** In place. For poolings see keepApart. */
export function mergePads(graph: Graph): void {
  const producer = producers(graph);
  for (const node of [...graph.nodes]) {
    const { padsWith } = operator(node.op);
    const pad = padsWith && paddingBefore(graph, producer, node);
    if (!pad) continue;
    const free = node.attrs.auto_pad === undefined;
    const pads = together(node, pad);
    const merges =
      padsWith === "zero" ||
      (padsWith === "lowest" && notNegative(graph, producer, pad) && fits(node, pads));
    if (free && merges) {
      node.attrs = { ...node.attrs, pads };
      node.inputs[0] = pad.node.inputs[0] as string;
    } else if (padsWith === "lowest" || (padsWith === "uncounted" && !fits(node, pads)))
      keepApart(graph, node);
  }
}

/** Whether every padding is below the size of the pool's window, as it has to be. */
function fits({ attrs }: Node, pads: readonly number[]): boolean {
  const kernel = attrs.kernel_shape as number[];
  return pads.every((p, i) => p < (kernel[i % kernel.length] as number));
}

/** A MaxPool ignores its own padding, which equals a padding of zeros only where no value is below zero. */
function notNegative(
  graph: Graph,
  producer: ReadonlyMap<string, Node>,
  { node }: Padding,
): boolean {
  const source = producer.get(node.inputs[0] as string);
  const clipped = source?.op === "Clip" && (floats(graph, source.inputs[1])?.data[0] ?? -1) >= 0;
  return clipped || Boolean(source && operator(source.op).notNegative);
}

/**
 * onnxruntime (seen in 1.30) fuses a Pad of zeros into a pool behind it: wrong for negative values in a MaxPool, whose
 * padding is -infinity, and in every pool an error where the pads reach the kernel's size. An operator between the two
 * prevents it.
 */
function keepApart(graph: Graph, pool: Node): void {
  const lowest = floatConstant(
    graph,
    `${pool.name}/lowest`,
    [],
    Float32Array.of(-3.4028234663852886e38),
  );
  const between = makeNode(
    graph,
    "Max",
    `${pool.name}/Max`,
    [pool.inputs[0] as string, lowest.name],
    {},
  );
  graph.nodes.splice(graph.nodes.indexOf(pool), 0, between);
  pool.inputs[0] = between.outputs[0] as string;
}
