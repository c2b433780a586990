/** The signature of all layer functions, and what they share. */
import type { Builder } from "../builder.ts";
import { choice, type LayerConfig } from "../config.ts";
import { refuse, TfjsRefusal } from "../errors.ts";
import type { Constant, Dim, Shape, Tensor } from "../ir.ts";
import { InputSlot } from "../nodes.ts";
import type { Purpose } from "../purpose.ts";
import { permute } from "../strided.ts";
import type { LayerDef } from "../topology.ts";

/** One call of one layer. */
export interface LayerCall {
  readonly b: Builder;
  readonly layer: LayerDef;
  readonly config: LayerConfig;
  /** The first input; most layers have no other. */
  readonly x: Tensor;
  readonly inputs: readonly Tensor[];
  /** The mask that tfjs passes to this call, [batch, time] bool: not always the mask of its own input. */
  readonly mask: Tensor | undefined;
  /** The mask of each input, which only the attention layers of Keras read. */
  readonly masks: readonly (Tensor | undefined)[];
  /** A weight by its short name (`kernel`); refused when the file does not have it. */
  weight(name: string): Constant;
  /** A weight that a config may leave out. */
  optionalWeight(name: string): Constant | undefined;
  /** Runs a wrapped layer or model whose weights are named `<prefix>/...`. */
  apply(layer: LayerDef, inputs: readonly Tensor[], prefix: string): Tensor[];
  /**
   * The same call with the weights of another prefix: for the two halves of a Bidirectional, for stacked cells. In .keras
   * files they are in the attribute `part` of the layer.
   */
  withWeights(prefix: string, part: string, config?: LayerConfig): LayerCall;
  readonly prefix: string;
  /** What the graph shall be fast for. */
  readonly purpose: Purpose;
  /** The arguments that Keras writes; tensors are InputSlots, by their index in `inputs`. */
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** A state that survives between calls in tfjs becomes a graph input and output. */
  state(name: string, shape: Shape): { input: Tensor; update(value: Tensor): void };
}

/** A layer: reads its config and weights, writes nodes, returns its output (or outputs). */
export type LayerFunction = (call: LayerCall) => Tensor | Tensor[];

export type DataFormat = "channelsLast" | "channelsFirst";

/** Where the channels are; tfjs's default is last. */
export function dataFormat(config: LayerConfig): DataFormat {
  return choice(config, "dataFormat", ["channelsLast", "channelsFirst"], "channelsLast");
}

/** [N, ...space, C] -> [N, C, ...space]; nothing to do where the layer is channelsFirst already. */
export function toChannelsFirst(b: Builder, x: Tensor, format: DataFormat): Tensor {
  const rank = x.shape.length;
  if (format === "channelsFirst" || rank < 3) return x;
  return b.transpose(x, [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]);
}

/** The inverse of toChannelsFirst. */
export function fromChannelsFirst(b: Builder, x: Tensor, format: DataFormat): Tensor {
  const rank = x.shape.length;
  if (format === "channelsFirst" || rank < 3) return x;
  return b.transpose(x, [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]);
}

/** Whether the file follows Keras because TensorFlow.js cannot load it. */
export const isKeras = (call: Pick<LayerCall, "layer">): boolean => call.layer.dialect !== "tfjs";

/** Refuses what TensorFlow.js does not load, or fails to run, either. */
export function refuseAsTfjs(call: LayerCall, message: string): never {
  if (isKeras(call)) refuse(message);
  throw new TfjsRefusal(message);
}

/** Checks the rank of the input, as TensorFlow.js and Keras do. */
export function expectRank(call: LayerCall, rank: number): void {
  const { shape } = call.x;
  if (shape.length !== rank)
    refuseAsTfjs(
      call,
      `needs an input of rank ${rank}, but its shape is [${shape.map((d) => d ?? "?")}]`,
    );
}

/** A tensor among the arguments of the call, by its place or its name: the index among the inputs. */
export function slotOf({ args, kwargs }: LayerCall, place: number, name: string) {
  const value = kwargs[name] ?? args[place];
  return value instanceof InputSlot ? value.index : undefined;
}

/** The tensor itself. */
export function argument(call: LayerCall, place: number, name: string): Tensor | undefined {
  const slot = slotOf(call, place, name);
  return slot === undefined ? undefined : call.inputs[slot];
}

/** A size that must be known at conversion. */
export function known(x: Tensor, axis: number, what: string): number {
  const size = x.shape.at(axis);
  if (typeof size !== "number")
    refuse(`needs a fixed ${what}, but axis ${axis} of its input [${x.shape}] is dynamic`);
  return size;
}

/** The float32 tensor tfjs computes with: integer inputs are cast. */
export function float(b: Builder, x: Tensor): Tensor {
  return b.cast(x, "float32");
}

/**
 * Checks a weight's shape against the one that follows from the config and, where sizes come from it, from the input
 * `x`. Sizes that are not numbers are not known.
 */
export function expectShape(
  weight: Constant,
  shape: readonly (Dim | undefined)[],
  x?: Tensor,
): Constant {
  const fits =
    weight.shape.length === shape.length &&
    shape.every((d, i) => typeof d !== "number" || d === weight.shape[i]);
  if (!fits) {
    const sizes = shape.map((d) => (typeof d === "number" ? d : "?"));
    const from = x ? ` for an input of shape [${x.shape.map((d) => d ?? "?")}]` : "";
    refuse(`weight "${weight.name}" has shape [${weight.shape}], expected [${sizes}]${from}`);
  }
  return weight;
}

/** The size of the channels' axis. */
export function channelsOf(x: Tensor, format: DataFormat): Dim {
  return x.shape.at(format === "channelsFirst" ? 1 : -1) ?? null;
}

/** A permuted copy of a float32 constant. */
export function permuted(weight: Constant, perm: readonly number[], name = weight.name): Constant {
  if (!(weight.data instanceof Float32Array))
    throw new Error("internal: only float32 weights are permuted");
  return {
    ...weight,
    name,
    shape: perm.map((p) => weight.shape[p] as number),
    data: permute(weight.data, weight.shape, perm),
  };
}
