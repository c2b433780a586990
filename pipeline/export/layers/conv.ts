/** Convolutions. tfjs computes channels-last, ONNX channels-first; the transposes in between are removed later. */
import type { Builder } from "../builder.ts";
import { flag, type LayerConfig, sizes, whole } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Constant, Tensor } from "../ir.ts";
import { activate, activationName } from "./activation.ts";
import {
  channelsOf,
  dataFormat,
  expectRank,
  expectShape,
  float,
  fromChannelsFirst,
  isKeras,
  type LayerCall,
  type LayerFunction,
  permuted,
  toChannelsFirst,
} from "./layer.ts";
import { isSame, volumeFromFirstWindow, type Window, windowAttrs } from "./window.ts";

/** The window of an n-dimensional convolution; what tfjs refuses is refused where it wrote the file. */
function convWindow(config: LayerConfig, n: number): Window {
  const kernel = sizes(config, "kernelSize", n, undefined);
  const strides = sizes(config, "strides", n, 1);
  const dilations = sizes(config, "dilationRate", n, 1);
  if (strides.some((s) => s !== 1) && dilations.some((d) => d !== 1)) {
    refuse(
      `strides [${strides}] with dilation_rate [${dilations}]: Keras and tfjs compute one or the other`,
    );
  }
  return { kernel, strides, dilations, same: isSame(config) };
}

/** x with zeros before its first step, as many as the window reaches back: no position sees a later step. */
function paddedBefore(b: Builder, x: Tensor, { kernel, dilations }: Window): Tensor {
  const reach = ((kernel[0] as number) - 1) * (dilations[0] as number);
  return b.op("Pad", [x, b.ints([0, 0, reach, 0, 0, 0])], { mode: "constant" });
}

/** bias [filters], or undefined with use_bias false. */
export function bias(call: LayerCall, filters: number): Constant | undefined {
  return flag(call.config, "useBias", true)
    ? expectShape(call.weight("bias"), [filters])
    : undefined;
}

/** kernel [...k, in, out] -> W [out, in, ...k]. */
export function outInFirst(kernel: Constant, n: number): Constant {
  return permuted(kernel, [n + 1, n, ...Array.from({ length: n }, (_, i) => i)]);
}

/** x [N, ...space, C] and kernel [...k, C / groups, filters] -> [N, ...positions, filters]. */
const conv =
  (n: number): LayerFunction =>
  (call) => {
    const { b, config } = call;
    const format = dataFormat(config);
    const filters = whole(config, "filters");
    const group = whole(config, "groups", 1);
    const causal = n === 1 && config.padding === "causal";
    const window = convWindow(causal ? { ...config, padding: "valid" } : config, n);
    expectRank(call, n + 2);
    const given = call.weight("kernel");
    const channels = channelsOf(call.x, format);
    const perGroup = typeof channels === "number" ? channels / group : undefined;
    const shape = [...window.kernel, perGroup, filters];
    const kernel = expectShape(given, shape, call.x);
    const x = toChannelsFirst(b, float(b, call.x), format);
    const seen = causal
      ? paddedBefore(b, x, window)
      : isKeras(call)
        ? x
        : volumeFromFirstWindow(b, x, window);
    const y = b.op("Conv", [seen, outInFirst(kernel, n), bias(call, filters)], {
      ...windowAttrs(seen, window),
      ...(group > 1 ? { group } : {}),
    });
    return activate(b, fromChannelsFirst(b, y, format), activationName(config));
  };

export const Conv1D = conv(1);
export const Conv2D = conv(2);
export const Conv3D = conv(3);

interface Depthwise {
  readonly window: Window;
  /** Output channels per input channel; undefined if only the kernel tells. */
  readonly multiplier: number | undefined;
  readonly withBias: boolean;
}

/** x [N, C, ...space] and kernel [...k, C, m] -> [N, C*m, ...positions]: a Conv with W [C*m, 1, ...k] and C groups. */
function depthwise(call: LayerCall, x: Tensor, { window, withBias, ...given }: Depthwise): Tensor {
  const n = window.kernel.length;
  const shape = [...window.kernel, x.shape[1], given.multiplier];
  const kernel = expectShape(call.weight("depthwise_kernel"), shape, call.x);
  const [channels, multiplier] = kernel.shape.slice(n) as [number, number];
  const perm = [n, n + 1, ...Array.from({ length: n }, (_, i) => i)];
  const w = { ...permuted(kernel, perm), shape: [channels * multiplier, 1, ...window.kernel] };
  const inputs = [x, w, withBias ? bias(call, channels * multiplier) : undefined];
  return call.b.op("Conv", inputs, { ...windowAttrs(x, window), group: channels });
}

/** tfjs ignores dilation_rate here; so does what follows it. */
const depthwiseConv =
  (n: number): LayerFunction =>
  (call) => {
    const { b, config } = call;
    const format = dataFormat(config);
    const window = convWindow(isKeras(call) ? config : { ...config, dilationRate: 1 }, n);
    expectRank(call, n + 2);
    const x = toChannelsFirst(b, float(b, call.x), format);
    const multiplier = whole(config, "depthMultiplier", 1);
    const y = fromChannelsFirst(
      b,
      depthwise(call, x, { window, multiplier, withBias: true }),
      format,
    );
    return activate(b, y, activationName(config));
  };

export const DepthwiseConv1D = depthwiseConv(1);
export const DepthwiseConv2D = depthwiseConv(2);

/**
 * A depthwise convolution, then a 1x1 convolution that has the bias. depth_multiplier is read off the kernel: tfjs
 * does not save it.
 */
const separableConv =
  (n: number): LayerFunction =>
  (call) => {
    const { b, config } = call;
    const format = dataFormat(config);
    const filters = whole(config, "filters");
    const window = convWindow(config, n);
    expectRank(call, n + 2);
    const x = toChannelsFirst(b, float(b, call.x), format);
    const middle = depthwise(call, x, { window, multiplier: undefined, withBias: false });
    const ones = Array<number>(n).fill(1);
    const shape = [...ones, middle.shape[1] as number, filters];
    const pointwise = expectShape(call.weight("pointwise_kernel"), shape);
    const y = b.op("Conv", [middle, outInFirst(pointwise, n), bias(call, filters)], {
      kernel_shape: ones,
      strides: ones,
    });
    return activate(b, fromChannelsFirst(b, y, format), activationName(config));
  };

export const SeparableConv1D = separableConv(1);
export const SeparableConv2D = separableConv(2);

/**
 * Output in*s (same) or in*s + max(k-s, 0) (valid), which explicit pads and an output padding of max(s-k, 0) give
 * exactly. tfjs ignores Keras's output_padding and dilation_rate, and in volumes of padding "same" half of that output
 * padding comes first.
 */
const convTranspose =
  (n: number): LayerFunction =>
  (call) => {
    const { b, config } = call;
    const format = dataFormat(config);
    const filters = whole(config, "filters");
    if (isKeras(call)) refuseKerasOptions(config);
    const { kernel: k, strides, same } = convWindow({ ...config, dilationRate: 1 }, n);
    expectRank(call, n + 2);
    const given = call.weight("kernel");
    const kernel = expectShape(given, [...k, filters, channelsOf(call.x, format)], call.x);
    const w = permuted(kernel, [n + 1, n, ...Array.from({ length: n }, (_, i) => i)]); // [in, out, ...k]
    const cut = k.map((size, i) => (same ? Math.max(size - (strides[i] as number), 0) : 0));
    const extra = k.map((size, i) => Math.max((strides[i] as number) - size, 0));
    const x = toChannelsFirst(b, float(b, call.x), format);
    const attrs = {
      kernel_shape: k,
      strides,
      pads: [...cut.map((c) => c >> 1), ...cut.map((c) => c - (c >> 1))],
    };
    const added = bias(call, filters);
    const spread = extra.some((e) => e > 0);
    const y =
      spread && n === 3 && same && !isKeras(call)
        ? withBias(b, paddedVolume(b, b.op("ConvTranspose", [x, w], attrs), extra), added)
        : b.op("ConvTranspose", [x, w, added], {
            ...attrs,
            ...(spread ? { output_padding: extra } : {}),
          });
    return activate(b, fromChannelsFirst(b, y, format), activationName(config));
  };

/** x [N, C, depth, height, width] with zeros around it, the odd one of an axis in front. */
function paddedVolume(b: Builder, x: Tensor, extra: readonly number[]): Tensor {
  const [begins, ends] = [extra.map((e) => e - (e >> 1)), extra.map((e) => e >> 1)];
  return b.op("Pad", [x, b.ints([0, 0, ...begins, 0, 0, ...ends])], { mode: "constant" });
}

/** x [N, C, depth, height, width] plus bias [C]. */
function withBias(b: Builder, x: Tensor, added: Constant | undefined): Tensor {
  return added ? b.op("Add", [x, { ...added, shape: [...added.shape, 1, 1, 1] }]) : x;
}

function refuseKerasOptions(config: LayerConfig): void {
  for (const key of ["outputPadding", "dilationRate", "groups"]) {
    const value = config[key];
    const list = (Array.isArray(value) ? value : [value]).filter((v) => typeof v === "number");
    if (list.some((v) => key === "outputPadding" || v !== 1))
      refuse(`"${key}" is ${JSON.stringify(value)}, which is not converted for this layer`);
  }
}

export const Conv1DTranspose = convTranspose(1);
export const Conv2DTranspose = convTranspose(2);
export const Conv3DTranspose = convTranspose(3);
