/** Merges a zero padding into the convolution behind it. */
import { constantInts } from "../infer.ts";
import type { Graph } from "../ir.ts";
import { producers } from "./rewrite.ts";

/** Only into Conv: a MaxPool pads with -infinity and an AveragePool does not count its padding. */
export function mergePads(graph: Graph): void {
  const producer = producers(graph);
  for (const conv of graph.nodes) {
    const pad =
      conv.op === "Conv" && conv.attrs.auto_pad === undefined
        ? producer.get(conv.inputs[0] as string)
        : undefined;
    if (pad?.op !== "Pad" || pad.inputs.length > 2) continue;
    const pads = constantInts(graph.constants.get(pad.inputs[1] as string));
    if (!pads) continue;
    const rank = pads.length / 2;
    const [begin, end] = [pads.slice(0, rank), pads.slice(rank)];
    if (begin[0] || begin[1] || end[0] || end[1]) continue;
    const own = (conv.attrs.pads as number[] | undefined) ?? Array<number>(2 * (rank - 2)).fill(0);
    const extra = [...begin.slice(2), ...end.slice(2)];
    conv.attrs = { ...conv.attrs, pads: own.map((p, i) => p + (extra[i] as number)) };
    conv.inputs[0] = pad.inputs[0] as string;
  }
}
