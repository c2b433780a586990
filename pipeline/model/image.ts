/**
 * Image tower: a small convolutional network.
 *
 * Shapes: B batch, H x W pixels, C channels of the last block.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import type { PixelScale } from "../fit/pixels.ts";
import type { ImageOptions } from "../inputs/image/options.ts";
import { connect } from "./connect.ts";
import { logitsOf, type Tower } from "./parts.ts";

export interface ImageParts {
  /** Name of the input; prefix of the layers' names. */
  readonly input: string;
  readonly pixels: PixelScale;
  readonly config: ImageOptions;
  readonly labels: number;
}

/**
 * @param image 0..255 [B, H, W, 3]
 * @param presence float32 [B, 1], 1 or 0
 */
export function imageTower(
  image: SymbolicTensor,
  presence: SymbolicTensor,
  parts: ImageParts,
): Tower {
  const { input, pixels, config } = parts;
  let x = connect(
    tf.layers.rescaling({
      scale: 1 / pixels.std,
      offset: -pixels.mean / pixels.std,
      name: `${input}_scaled`,
    }),
    image,
  ); // [B, H, W, 3]
  for (const [i, filters] of config.channels.entries()) {
    x = i === 0 ? stem(x, filters, parts) : block(x, filters, i + 1, parts);
  }
  return imageHead(pooled(input, x), presence, parts);
}

/** Average and maximum over all positions: [B, h, w, C] -> [B, 2 C]. */
function pooled(input: string, x: SymbolicTensor): SymbolicTensor {
  const average = connect(tf.layers.globalAveragePooling2d({ name: `${input}_average` }), x); // [B, C]
  const strongest = connect(tf.layers.globalMaxPooling2d({ name: `${input}_strongest` }), x);
  return connect(tf.layers.concatenate({ name: `${input}_joined` }), [average, strongest]);
}

/** The tower's last layers. @param features [B, F] from our own network or a backbone. */
export function imageHead(
  features: SymbolicTensor,
  presence: SymbolicTensor,
  { input, config, labels }: Omit<ImageParts, "pixels">,
): Tower {
  const options = { input, labels, dropout: config.dropout };
  if (config.units === 0) return logitsOf(features, presence, options);
  const dropped = connect(
    tf.layers.dropout({ rate: config.inputDropout, name: `${input}_input_dropout` }),
    features,
  );
  const hidden = connect(
    tf.layers.dense({ units: config.units, activation: "relu", name: `${input}_dense` }),
    dropped,
  );
  return logitsOf(hidden, presence, options);
}

/**
 * The first block: convolution with stride 2, ReLU, 2 x 2 pooling. The activation is part of the convolution layer, with no
 * normalisation in between: tfjs then skips the gradient with respect to the image, which would take a sixth of a step.
 */
function stem(x: SymbolicTensor, filters: number, { input, config }: ImageParts): SymbolicTensor {
  const active = connect(
    tf.layers.conv2d({
      filters,
      kernelSize: 5,
      strides: 2,
      padding: "same",
      activation: "relu",
      name: `${input}_block1_conv`,
    }),
    x,
  );
  return pool(active, `${input}_block1_pool`, config);
}

function pool(x: SymbolicTensor, name: string, { pooling }: ImageOptions): SymbolicTensor {
  const options = { poolSize: 2, padding: "same", name } as const;
  const layer =
    pooling === "max" ? tf.layers.maxPooling2d(options) : tf.layers.averagePooling2d(options);
  return connect(layer, x);
}

/** Convolution, optional batch normalisation, ReLU, 2 x 2 pooling. */
function block(
  x: SymbolicTensor,
  filters: number,
  number: number,
  { input, config }: ImageParts,
): SymbolicTensor {
  const { normalisation } = config;
  const name = (part: string) => `${input}_block${number}_${part}`;
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
