/** Convolutions. tfjs computes channels-last, ONNX channels-first; the transposes in between are removed later. */
import { flag, type LayerConfig, number, sizes } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Constant, Tensor } from "../ir.ts";
import { activate, activationName } from "./activation.ts";
import {
  dataFormat,
  expectShape,
  float,
  fromChannelsFirst,
  type LayerCall,
  type LayerFunction,
  permuted,
  toChannelsFirst,
} from "./layer.ts";
import { isSame, type Window, windowAttrs } from "./window.ts";

/** The window of an n-dimensional convolution, with the combinations refused that tfjs refuses. */
function convWindow(config: LayerConfig, n: number): Window {
  const kernel = sizes(config, "kernelSize", n, undefined);
  const strides = sizes(config, "strides", n, 1);
  const dilations = sizes(config, "dilationRate", n, 1);
  if (number(config, "groups", 1) !== 1)
    refuse(`"groups" is ${config.groups}; tfjs cannot load grouped convolutions`);
  if (config.padding === "causal") refuse('"padding" is "causal", which tfjs does not implement');
  if (strides.some((s) => s !== 1) && dilations.some((d) => d !== 1)) {
    refuse(
      `strides [${strides}] with dilation_rate [${dilations}]: tfjs computes one or the other`,
    );
  }
  return { kernel, strides, dilations, same: isSame(config) };
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

/** x [N, ...space, C] and kernel [...k, C, filters] -> [N, ...positions, filters]. */
const conv =
  (n: number): LayerFunction =>
  (call) => {
    const { b, config } = call;
    const format = dataFormat(config);
    if (n === 1 && format === "channelsFirst")
      refuse('"data_format" is channels_first, which tfjs computes wrongly for Conv1D');
    const filters = number(config, "filters");
    const window = convWindow(config, n);
    const kernel = expectShape(call.weight("kernel"), [...window.kernel, undefined, filters]);
    const x = toChannelsFirst(b, float(b, call.x), format);
    const y = b.op("Conv", [x, outInFirst(kernel, n), bias(call, filters)], windowAttrs(x, window));
    return activate(b, fromChannelsFirst(b, y, format), activationName(config));
  };

export const Conv1D = conv(1);
export const Conv2D = conv(2);
export const Conv3D = conv(3);

/** x [N, C, H, W] and kernel [kh, kw, C, m] -> [N, C*m, ...positions]: a Conv with W [C*m, 1, kh, kw] and C groups. */
function depthwise(call: LayerCall, x: Tensor, window: Window, withBias: boolean): Tensor {
  const kernel = call.weight("depthwise_kernel");
  const [kh, kw, channels, multiplier] = expectShape(kernel, [
    ...window.kernel,
    undefined,
    undefined,
  ]).shape as [number, number, number, number];
  const w = { ...permuted(kernel, [2, 3, 0, 1]), shape: [channels * multiplier, 1, kh, kw] };
  const inputs = [x, w, withBias ? bias(call, channels * multiplier) : undefined];
  return call.b.op("Conv", inputs, { ...windowAttrs(x, window), group: channels });
}

/** tfjs ignores dilation_rate here, so it is ignored here too. */
export const DepthwiseConv2D: LayerFunction = (call) => {
  const { b, config } = call;
  const format = dataFormat(config);
  const window = convWindow({ ...config, dilationRate: 1 }, 2);
  const x = toChannelsFirst(b, float(b, call.x), format);
  const y = fromChannelsFirst(b, depthwise(call, x, window, true), format);
  return activate(b, y, activationName(config));
};

/**
 * A depthwise convolution, then a 1x1 convolution that has the bias. depth_multiplier is read off the kernel: tfjs
 * does not save it.
 */
export const SeparableConv2D: LayerFunction = (call) => {
  const { b, config } = call;
  const format = dataFormat(config);
  const filters = number(config, "filters");
  const x = toChannelsFirst(b, float(b, call.x), format);
  const middle = depthwise(call, x, convWindow(config, 2), false);
  const pointwise = expectShape(call.weight("pointwise_kernel"), [
    1,
    1,
    middle.shape[1] as number,
    filters,
  ]);
  let y = b.op("Conv", [middle, outInFirst(pointwise, 2), bias(call, filters)], {
    kernel_shape: [1, 1],
    strides: [1, 1],
  });
  y = fromChannelsFirst(b, y, format);
  return activate(b, y, activationName(config));
};

/**
 * Output in*s (same) or in*s + max(k-s, 0) (valid), which explicit pads and an output padding of max(s-k, 0) give
 * exactly. tfjs ignores Keras's output_padding and dilation_rate.
 */
const convTranspose =
  (n: number): LayerFunction =>
  (call) => {
    const { b, config } = call;
    const format = dataFormat(config);
    const filters = number(config, "filters");
    const { kernel: k, strides, same } = convWindow({ ...config, dilationRate: 1 }, n);
    const kernel = expectShape(call.weight("kernel"), [...k, filters, undefined]);
    const w = permuted(kernel, [n + 1, n, ...Array.from({ length: n }, (_, i) => i)]); // [in, out, ...k]
    const cut = k.map((size, i) => (same ? Math.max(size - (strides[i] as number), 0) : 0));
    const extra = k.map((size, i) => Math.max((strides[i] as number) - size, 0));
    const x = toChannelsFirst(b, float(b, call.x), format);
    const y = b.op("ConvTranspose", [x, w, bias(call, filters)], {
      kernel_shape: k,
      strides,
      pads: [...cut.map((c) => c >> 1), ...cut.map((c) => c - (c >> 1))],
      ...(extra.some((e) => e > 0) ? { output_padding: extra } : {}),
    });
    return activate(b, fromChannelsFirst(b, y, format), activationName(config));
  };

export const Conv2DTranspose = convTranspose(2);
export const Conv3DTranspose = convTranspose(3);
