/**
 * Poster tower: a small convolutional network.
 *
 * Shapes: B batch, H x W pixels, C channels of the last block.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import type { Config } from "../config/schema.ts";
import { connect } from "./connect.ts";
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
  let x = connect(
    tf.layers.rescaling({
      scale: 1 / pixels.std,
      offset: -pixels.mean / pixels.std,
      name: "poster_scaled",
    }),
    poster,
  ); // [B, H, W, 3]
  for (const [i, filters] of config.channels.entries()) {
    x = i === 0 ? stem(x, filters, config) : block(x, filters, i + 1, config);
  }
  return posterHead(pooled(x), hasPoster, config, labels);
}

/** Average and maximum over all places: [B, h, w, C] -> [B, 2 C]. */
function pooled(x: SymbolicTensor): SymbolicTensor {
  const average = connect(tf.layers.globalAveragePooling2d({ name: "poster_average" }), x); // [B, C]
  const strongest = connect(tf.layers.globalMaxPooling2d({ name: "poster_strongest" }), x);
  return connect(tf.layers.concatenate({ name: "poster_joined" }), [average, strongest]);
}

/** @param features [B, F], of our own network or of a pretrained one. */
export function posterHead(
  features: SymbolicTensor,
  hasPoster: SymbolicTensor,
  config: Config["poster"],
  labels: number,
): Tower {
  if (config.units === 0) return logitsOf(features, hasPoster, labels, config.dropout, "poster");
  const kept = connect(
    tf.layers.dropout({ rate: config.inputDropout, name: "poster_input_dropout" }),
    features,
  );
  const hidden = connect(
    tf.layers.dense({ units: config.units, activation: "relu", name: "poster_dense" }),
    kept,
  );
  return logitsOf(hidden, hasPoster, labels, config.dropout, "poster");
}

/**
 * The first block: a convolution with stride 2, ReLU, 2 x 2 pooling. Its activation is part of the layer, and
 * nothing stands between, because tfjs then leaves out the gradient with respect to the poster, a sixth of a step.
 */
function stem(x: SymbolicTensor, filters: number, config: Config["poster"]): SymbolicTensor {
  const active = connect(
    tf.layers.conv2d({
      filters,
      kernelSize: 5,
      strides: 2,
      padding: "same",
      activation: "relu",
      name: "poster_block1_conv",
    }),
    x,
  );
  return pool(active, "poster_block1_pool", config);
}

function pool(x: SymbolicTensor, name: string, { pooling }: Config["poster"]): SymbolicTensor {
  const options = { poolSize: 2, padding: "same", name } as const;
  const layer =
    pooling === "max" ? tf.layers.maxPooling2d(options) : tf.layers.averagePooling2d(options);
  return connect(layer, x);
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
  const convolved = connect(
    tf.layers.conv2d({
      filters,
      kernelSize: 3,
      padding: "same",
      useBias: !normalisation,
      name: name("conv"),
    }),
    x,
  );
  const normalised = normalisation
    ? connect(tf.layers.batchNormalization({ momentum: 0.9, name: name("norm") }), convolved)
    : convolved;
  const active = connect(tf.layers.reLU({ name: name("relu") }), normalised);
  return pool(active, name("pool"), config);
}
