/**
 * EfficientNet-Lite (Tan and Le 2019; https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite): a
 * stem, seven stages of inverted bottlenecks, convolutions and ReLU6 only. Weights have the names that
 * https://github.com/ml-illustrated/EfficientNet-Lite-PyTorch gives them.
 *
 * Sizes: N images, C channels, H x W pixels.
 */

import type { Builder } from "../../export/builder.ts";
import type { Tensor } from "../../export/ir.ts";
import { windowAttrs } from "../../export/layers/window.ts";
import { snapRows } from "../../fit/grid.ts";
import type { WeightFinder } from "../torch/weight.ts";
import type { Network } from "./network.ts";

interface Stage {
  readonly repeats: number;
  readonly kernel: number;
  readonly stride: number;
  /** How many times as many channels the depthwise convolution has as the block's input. */
  readonly expansion: number;
  /** Output channels at width 1. */
  readonly channels: number;
}

const STEM_CHANNELS = 32;

/** efficientnet_lite_builder.py, `_DEFAULT_BLOCKS_ARGS`. */
const STAGES: readonly Stage[] = [
  { repeats: 1, kernel: 3, stride: 1, expansion: 1, channels: 16 },
  { repeats: 2, kernel: 3, stride: 2, expansion: 6, channels: 24 },
  { repeats: 2, kernel: 5, stride: 2, expansion: 6, channels: 40 },
  { repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 80 },
  { repeats: 3, kernel: 5, stride: 1, expansion: 6, channels: 112 },
  { repeats: 4, kernel: 5, stride: 2, expansion: 6, channels: 192 },
  { repeats: 1, kernel: 3, stride: 1, expansion: 6, channels: 320 },
];

/** Channels are multiples of it. */
const DIVISOR = 8;
const EPSILON = 1e-3;

export interface EfficientNetLite {
  /** Factors of the channels and of the repeats; Lite2 has 1.1 and 1.2. */
  readonly width: number;
  readonly depth: number;
  /** Size of the images in pixels. */
  readonly size: { readonly height: number; readonly width: number };
  /** Places whose output becomes features, ascending. Blocks after the last one are left out. */
  readonly features: readonly Place[];
  /** Bits that weights are rounded to, default: they stay as they are. */
  readonly bits?: WeightBits | undefined;
}

/** Numbers of bits that convolutions' weights are rounded to, on a grid per channel; see `snapRows`. */
export interface WeightBits {
  /** For convolutions of 1 x 1 pixels, which have nine of ten weights. */
  readonly pointwise: number;
  /** For the others, which have few weights per channel. */
  readonly others: number;
}

/** A stage from 1 to 7, and how many of its blocks; default: all. */
export interface Place {
  readonly stage: number;
  readonly blocks?: number;
}

/** How often a stage's block is repeated. @param stage From 1 to 7. */
export function repeatsAt(depth: number, stage: number): number {
  // Neither the first nor the last stage is repeated more often in deeper networks.
  const isScaled = stage > 1 && stage < STAGES.length;
  const { repeats } = STAGES[stage - 1] as Stage;
  return isScaled ? Math.ceil(depth * repeats) : repeats;
}

/** @returns The channels of a stage, times `width`: rounded to a multiple of 8, but down by no more than a tenth. */
export function channelsAt(width: number, channels: number): number {
  const wanted = channels * width;
  const rounded = Math.max(DIVISOR, Math.floor((wanted + DIVISOR / 2) / DIVISOR) * DIVISOR);
  return rounded < 0.9 * wanted ? rounded + DIVISOR : rounded;
}

/**
 * Input `pixel_values` float32 [batch, 3, height, width], RGB, (x - 127) / 128 of 0 to 255. Output `image_embeds` float32
 * [batch, features]: of each chosen place the mean of each channel over all positions, then the largest values.
 */
export function efficientNetLite(options: EfficientNetLite, weights: WeightFinder): Network {
  const { height, width } = options.size;
  return {
    name: "efficientnet-lite",
    inputs: [{ name: "pixel_values", dtype: "float32", shape: ["batch", 3, height, width] }],
    outputs: ["image_embeds"],
    write: (b, [image]) => [write(b, image as Tensor, options, weights)],
  };
}

function write(
  b: Builder,
  image: Tensor,
  { width, depth, features, bits }: EfficientNetLite,
  weights: WeightFinder,
): Tensor {
  const layer: Layer = { b, weights, bits };
  b.scope = "stem";
  let x = relu6(
    b,
    conv(layer, image, "_conv_stem", "_bn0", { out: STEM_CHANNELS, kernel: 3, stride: 2 }),
  );
  let block = 0;
  const pooled: Tensor[] = [];
  for (const [i, stage] of STAGES.entries()) {
    const wanted = features
      .filter((place) => place.stage === i + 1)
      .map(({ blocks }) => blocks ?? repeatsAt(depth, i + 1));
    const isLast = features.every((place) => place.stage <= i + 1);
    const repeats = isLast ? Math.max(...wanted) : repeatsAt(depth, i + 1);
    const out = channelsAt(width, stage.channels);
    for (let k = 0; k < repeats; k++) {
      b.scope = `block${block}`;
      x = bottleneck(layer, x, `_blocks.${block++}.`, {
        ...stage,
        stride: k === 0 ? stage.stride : 1,
        out,
      });
      if (!wanted.includes(k + 1)) continue;
      b.scope = `pooled${block}`;
      pooled.push(b.op("ReduceMean", [x], { axes: [2, 3], keepdims: 0 })); // [N, C]
      pooled.push(b.op("ReduceMax", [x], { axes: [2, 3], keepdims: 0 })); // [N, C]
    }
    if (isLast) break;
  }
  b.scope = "features";
  return b.op("Concat", pooled, { axis: 1 });
}

interface Layer {
  readonly b: Builder;
  readonly weights: WeightFinder;
  readonly bits: WeightBits | undefined;
}

/** Expansion, depthwise convolution, projection; with the input added where the sizes are equal. [N, C, H, W] */
function bottleneck(
  layer: Layer,
  x: Tensor,
  prefix: string,
  { expansion, kernel, stride, out }: Stage & { readonly out: number },
): Tensor {
  const { b } = layer;
  const channels = x.shape[1] as number;
  const wide = channels * expansion;
  let y = x;
  if (expansion !== 1)
    y = relu6(
      b,
      conv(layer, y, `${prefix}_expand_conv`, `${prefix}_bn0`, { out: wide, kernel: 1 }),
    );
  const depthwise = { out: wide, kernel, stride, groups: wide };
  y = relu6(b, conv(layer, y, `${prefix}_depthwise_conv`, `${prefix}_bn1`, depthwise));
  y = conv(layer, y, `${prefix}_project_conv`, `${prefix}_bn2`, { out, kernel: 1 });
  return stride === 1 && channels === out ? b.op("Add", [y, x]) : y;
}

interface Convolution {
  readonly out: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
}

/** A convolution with TensorFlow's padding "same" and the batch normalisation behind it, as one Conv. */
function conv(
  { b, weights, bits }: Layer,
  x: Tensor,
  name: string,
  norm: string,
  { out, kernel, stride = 1, groups = 1 }: Convolution,
): Tensor {
  const shape = [out, (x.shape[1] as number) / groups, kernel, kernel];
  const given = weights(`${name}.weight`, shape);
  const [scale, shift, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map(
    (part) => weights(`${norm}.${part}`, [out]),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const factor = Float64Array.from(
    scale,
    (s, i) => s / Math.sqrt((variance[i] as number) + EPSILON),
  );
  const perChannel = given.length / out;
  const kernelOf = given.map((w, i) => w * (factor[Math.floor(i / perChannel)] as number));
  if (bits) snapRows(kernelOf, perChannel, kernel === 1 ? bits.pointwise : bits.others);
  const bias = shift.map((s, i) => s - (mean[i] as number) * (factor[i] as number));
  const strides = [stride, stride];
  const window = { kernel: [kernel, kernel], strides, dilations: [1, 1], same: true };
  return b.op("Conv", [x, b.floats("weight", kernelOf, shape), b.floats("bias", bias)], {
    ...windowAttrs(x, window),
    ...(groups > 1 ? { group: groups } : {}),
  });
}

function relu6(b: Builder, x: Tensor): Tensor {
  return b.op("Clip", [x, b.scalar(0), b.scalar(6)]);
}
