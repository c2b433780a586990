/** The nodes around a pretrained encoder in the published graph: from the predictor's tensors to features. */

import type { PosterSpec } from "../../../predictor/preprocess/poster.ts";
import type { PixelRange } from "../../config/preprocessor.ts";
import type { DType, Graph, Node, Shape, Tensor } from "../../export/ir.ts";
import { elementType } from "../../export/onnx/encode.ts";
import { floatConstant, intConstant, makeNode, renameReads } from "../../export/passes/rewrite.ts";
import { type EncoderOutput, type EncoderSignature, featureCount } from "./signature.ts";

/** Below every feature that half precision can hold as well. */
const LOWEST = -65504;

/** Appends or prepends nodes; every method returns the name of its output. */
function writer(graph: Graph, prefix: string) {
  const nodes: Node[] = [];
  return {
    nodes,
    input(name: string, dtype: DType, shape: Shape): string {
      const tensor = { name, dtype, shape };
      graph.inputs.push(tensor);
      graph.values.set(name, tensor);
      graph.names.add(name);
      return name;
    },
    op(op: string, inputs: readonly string[], attrs: Node["attrs"] = {}): string {
      const node = makeNode(graph, op, `${prefix}${op}`, inputs, attrs);
      nodes.push(node);
      return node.outputs[0]!;
    },
    cast(from: string, dtype: DType): string {
      return this.op("Cast", [from], { to: elementType(dtype) });
    },
    floats: (name: string, shape: readonly number[], values: readonly number[]) =>
      floatConstant(graph, `${prefix}${name}`, shape, Float32Array.from(values)).name,
    ints: (name: string, values: readonly number[]) =>
      intConstant(graph, `${prefix}${name}`, values).name,
  };
}

export interface FrontOptions {
  /** Name of the input. */
  readonly name: string;
  /** Prefix of the encoder's own names, and of those of the new nodes. */
  readonly prefix: string;
  readonly signature: EncoderSignature;
}

/**
 * In place: the encoder's graph reads `NAME` uint8 [batch, height, width, 3] and `has_NAME` float32 [batch, 1], and gives
 * features [batch, F].
 *
 * The encoder takes most of a prediction's time. It runs on nothing but the images that are there, of which there must be
 * one; the features of the others are 0.
 */
export function frontOfImages(
  graph: Graph,
  options: FrontOptions & { readonly spec: PosterSpec; readonly range: PixelRange },
): void {
  const { name, prefix, signature, spec, range } = options;
  const { name: reads, channelsLast } = signature.inputs.pixels!;
  const own = graph.inputs.find((input) => input.name === prefix + reads)!;
  graph.inputs = [];
  const w = writer(graph, `${prefix}pixels/`);
  const image = w.input(name, "uint8", ["batch", spec.height, spec.width, 3]);
  const there = presence(w, name);
  let x = chosen(w, image, there);
  // First: bytes are moved four times as fast, and what is broadcast along the last axis of three takes runtimes longest.
  if (!channelsLast) x = w.op("Transpose", [x], { perm: [0, 3, 1, 2] });
  x = w.cast(x, "float32");
  const axis = channelsLast ? 3 : 1;
  if (range.reversed) {
    x = w.op("Gather", [x, w.ints("reversed", [2, 1, 0])], { axis });
  }
  x = w.op("Mul", [x, perChannel(w, "scale", range.scale, channelsLast)]);
  x = w.op("Add", [x, perChannel(w, "offset", range.offset, channelsLast)]);
  redirect(graph, own.name, x);
  graph.nodes = [...w.nodes, ...graph.nodes];
  addFeatures(graph, options, undefined);
  addZeros(graph, options, there);
}

/** A value for each channel, or one for all where they are equal. */
function perChannel(
  w: ReturnType<typeof writer>,
  name: string,
  values: readonly number[],
  channelsLast: boolean,
): string {
  if (values.every((value) => value === values[0])) return w.floats(name, [], values.slice(0, 1));
  return w.floats(name, channelsLast ? [3] : [3, 1, 1], values);
}

/** Whether each image is there, bool [batch]. */
function presence(w: ReturnType<typeof writer>, name: string): string {
  const has = w.input(`has_${name}`, "float32", ["batch", 1]);
  return w.op("Squeeze", [w.cast(has, "bool"), w.ints("axis", [1])]);
}

/** The items of `x` [batch, ...] that are there. */
function chosen(w: ReturnType<typeof writer>, x: string, there: string): string {
  const places = w.op("Squeeze", [w.op("NonZero", [there]), w.ints("axis", [0])]);
  return w.op("Gather", [x, places], { axis: 0 });
}

/** Puts the features of the images that are there in their places, [there, F] -> [batch, F]. */
function addZeros(graph: Graph, { prefix, signature }: FrontOptions, there: string): void {
  const w = writer(graph, `${prefix}places/`);
  const [{ name: features }] = graph.outputs as [Tensor];
  const size = featureCount(signature.outputs);
  const none = w.floats("none", [1, size], new Array<number>(size).fill(0));
  const rows = w.op("Concat", [none, features], { axis: 0 });
  const one = w.cast(there, "int32");
  // Those that are there count from 1 on; 0 is the row of zeros.
  const row = w.op("Mul", [w.op("CumSum", [one, w.ints("axis", [0])]), one]);
  const placed = w.op("Gather", [rows, row], { axis: 0 });
  graph.nodes = [...graph.nodes, ...w.nodes];
  graph.outputs = [graph.values.get(placed)!];
}

/**
 * In place: the encoder's graph reads `NAME_input_ids` and `NAME_attention_mask` int32 [batch, tokens], and gives features
 * [batch, F].
 */
export function frontOfTexts(
  graph: Graph,
  options: FrontOptions & { readonly tokens: number | undefined },
): void {
  const { name, prefix, signature, tokens } = options;
  const own = new Map(graph.inputs.map((input) => [input.name, input]));
  graph.inputs = [];
  const w = writer(graph, `${prefix}tokens/`);
  const shape = ["batch", tokens ?? `${name}_length`];
  const ids = w.input(`${name}_input_ids`, "int32", shape);
  const mask = w.input(`${name}_attention_mask`, "int32", shape);
  const { inputs } = signature;
  const feed = (reads: string | undefined, value: () => string) => {
    const input = reads === undefined ? undefined : own.get(prefix + reads);
    if (!input) return;
    redirect(graph, input.name, input.dtype === "int32" ? value() : w.cast(value(), input.dtype));
  };
  feed(inputs.ids, () => ids);
  feed(inputs.mask, () => mask);
  feed(inputs.types, () => w.op("Sub", [ids, ids]));
  graph.nodes = [...w.nodes, ...graph.nodes];
  addFeatures(graph, options, mask);
}

function redirect(graph: Graph, from: string, to: string): void {
  for (const node of graph.nodes) renameReads(node, (read) => (read === from ? to : read));
  graph.values.delete(from);
}

/** Pools the outputs and joins them to one, [batch, F]. @param mask int32 [batch, tokens]. */
function addFeatures(
  graph: Graph,
  { prefix, signature }: FrontOptions,
  mask: string | undefined,
): void {
  const w = writer(graph, `${prefix}features/`);
  const masked = mask !== undefined && signature.outputs.some(({ rank }) => rank === 3);
  /** [batch, tokens, 1] */
  const there = masked
    ? w.op("Unsqueeze", [w.cast(mask, "float32"), w.ints("axis", [2])])
    : undefined;
  const parts = signature.outputs.flatMap((output) => poolsOf(w, output, prefix, there));
  const joined = parts.length === 1 ? w.op("Identity", parts) : w.op("Concat", parts, { axis: 1 });
  graph.nodes = [...graph.nodes, ...w.nodes];
  graph.outputs = [graph.values.get(joined)!];
}

function poolsOf(
  w: ReturnType<typeof writer>,
  { name, rank, channelsLast, pools }: EncoderOutput,
  prefix: string,
  there: string | undefined,
): string[] {
  const x = prefix + name;
  if (rank === 2) return [x];
  const axes = rank === 3 ? [1] : channelsLast ? [1, 2] : [2, 3];
  const own = rank === 3 ? there : undefined;
  return pools.map((pool) => {
    if (pool === "first") {
      const first = w.op("Gather", [x, w.ints("place", [0])], { axis: 1 }); // [batch, 1, channels]
      return w.op("Squeeze", [first, w.ints("axis", [1])]);
    }
    if (pool === "mean" && own) {
      const sum = w.op("ReduceSum", [w.op("Mul", [x, own]), w.ints("tokens", axes)], {
        keepdims: 0,
      });
      const count = w.op("ReduceSum", [own, w.ints("tokens", axes)], { keepdims: 0 });
      return w.op("Div", [sum, w.op("Max", [count, w.floats("one", [], [1])])]);
    }
    if (pool === "mean") return w.op("ReduceMean", [x], { axes, keepdims: 0 });
    const shown = own
      ? w.op("Where", [w.cast(own, "bool"), x, w.floats("lowest", [], [LOWEST])])
      : x;
    return w.op("ReduceMax", [shown], { axes, keepdims: 0 });
  });
}
