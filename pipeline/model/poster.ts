/**
 * Poster tower: a small convolutional network.
 *
 * Shapes: B batch, H x W pixels, C channels of the last block.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import type { Config } from "../config/schema.ts";
import { logitsOf, type Tower } from "./parts.ts";

/** Mean and standard deviation of the training posters' bytes, over all channels. */
export interface PixelScale {
  readonly mean: number;
  readonly std: number;
}

/**
 * @param poster 0..255 [B, H, W, 3]
 * @param hasPoster float32 [B, 1], 1 or 0
 */
export function posterTower(
  poster: SymbolicTensor,
  hasPoster: SymbolicTensor,
  pixels: PixelScale,
  config: Config["poster"],
  labels: number,
): Tower {
  let x = tf.layers
    .rescaling({
      scale: 1 / pixels.std,
      offset: -pixels.mean / pixels.std,
      name: "poster_scaled",
    })
    .apply(poster) as SymbolicTensor; // [B, H, W, 3]
  for (const [i, filters] of config.channels.entries()) {
    x = i === 0 ? stem(x, filters, config) : block(x, filters, i + 1, config);
  }
  return posterHead(pooled(x), hasPoster, config, labels);
}

/** Average and maximum over all places: [B, h, w, C] -> [B, 2 C]. */
function pooled(x: SymbolicTensor): SymbolicTensor {
  const average = tf.layers
    .globalAveragePooling2d({ name: "poster_average" })
    .apply(x) as SymbolicTensor; // [B, C]
  const strongest = tf.layers
    .globalMaxPooling2d({ name: "poster_strongest" })
    .apply(x) as SymbolicTensor;
  return tf.layers
    .concatenate({ name: "poster_joined" })
    .apply([average, strongest]) as SymbolicTensor;
}

/** @param features [B, F], of our own network or of a pretrained one. */
export function posterHead(
  features: SymbolicTensor,
  hasPoster: SymbolicTensor,
  config: Config["poster"],
  labels: number,
): Tower {
  if (config.units === 0) return logitsOf(features, hasPoster, labels, config.dropout, "poster");
  const kept = tf.layers
    .dropout({ rate: config.inputDropout, name: "poster_input_dropout" })
    .apply(features);
  const hidden = tf.layers
    .dense({ units: config.units, activation: "relu", name: "poster_dense" })
    .apply(kept) as SymbolicTensor;
  return logitsOf(hidden, hasPoster, labels, config.dropout, "poster");
}

/**
 * The first block: a convolution with stride 2, ReLU, 2 x 2 pooling. Its activation is part of the layer, and
 * nothing stands between, because tfjs then leaves out the gradient with respect to the poster, a sixth of a step.
 */
function stem(x: SymbolicTensor, filters: number, config: Config["poster"]): SymbolicTensor {
  const active = tf.layers
    .conv2d({
      filters,
      kernelSize: 5,
      strides: 2,
      padding: "same",
      activation: "relu",
      name: "poster_block1_conv",
    })
    .apply(x);
  return pool(active as SymbolicTensor, "poster_block1_pool", config);
}

function pool(x: SymbolicTensor, name: string, { pooling }: Config["poster"]): SymbolicTensor {
  const options = { poolSize: 2, padding: "same", name } as const;
  const layer =
    pooling === "max" ? tf.layers.maxPooling2d(options) : tf.layers.averagePooling2d(options);
  return layer.apply(x) as SymbolicTensor;
}

/** Convolution, batch normalisation where wanted, ReLU, 2 x 2 pooling. */
function block(
  x: SymbolicTensor,
  filters: number,
  number: number,
  config: Config["poster"],
): SymbolicTensor {
  const { normalisation } = config;
  const name = (part: string) => `poster_block${number}_${part}`;
  const convolved = tf.layers
    .conv2d({
      filters,
      kernelSize: 3,
      padding: "same",
      useBias: !normalisation,
      name: name("conv"),
    })
    .apply(x);
  const normalised = normalisation
    ? tf.layers.batchNormalization({ momentum: 0.9, name: name("norm") }).apply(convolved)
    : convolved;
  const active = tf.layers.reLU({ name: name("relu") }).apply(normalised);
  return pool(active as SymbolicTensor, name("pool"), config);
}
