/**
 * Lets layers of a model that follow one another be computed together in training, where the backend has a kernel for it: batch
 * normalisation, ReLU and max pooling, or a convolution with ReLU and max pooling. The layers themselves stay as they are, and
 * compute as ever outside of training and on other backends.
 */

import { conv2d, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import { mix } from "./adamw.ts";
import { channelMoments, hasKernel, NORMALISE_POOL, normalisePool } from "./kernels/operations.ts";

type Layer = layers.Layer;
type Call = Layer["call"];

/** A layer's variable, as layers hold it. */
interface Weight {
  read(): Tensor;
  write(value: Tensor): unknown;
}

/** What is read of a layer's own fields, which tfjs's types keep from others. */
interface Fields {
  readonly gamma: Weight;
  readonly beta: Weight;
  readonly movingMean: Weight;
  readonly movingVariance: Weight;
  readonly epsilon: number;
  readonly momentum: number;
  readonly kernel: Weight;
  readonly bias: Weight;
  readonly outboundNodes: readonly { readonly outboundLayer: Layer }[];
}

const fieldsOf = (layer: Layer) => layer as unknown as Fields;

interface Window {
  readonly relu: boolean;
  readonly window: 1 | 2;
}

/** Models whose layers have been prepared. */
const prepared = new WeakSet<LayersModel>();

/** Call before a model's training; later calls do nothing. */
export function fuseLayers(model: LayersModel): void {
  if (prepared.has(model)) return;
  prepared.add(model);
  const outputs = model.outputLayers;
  for (const layer of model.layers) {
    const fused = FUSED[layer.getClassName()];
    // A layer that is called more than once may have as many shapes.
    if (layer.inboundNodes.length !== 1 || !fused?.suits(layer)) continue;
    const shape = layer.outputShape as (number | null)[];
    if (shape.length !== 4 || shape[3]! % 4 !== 0) continue;
    const relu = fused.activates(layer) ? layer : next(layer, isRelu, outputs);
    const pool = relu && next(relu, isPool, outputs);
    const window: Window = { relu: relu !== undefined, window: pool ? 2 : 1 };
    if (relu === layer && !pool) continue;
    replaceCall(layer, (x) => fused.compute(fieldsOf(layer), layer, x as Tensor4D, window));
    for (const follower of new Set([relu, pool])) {
      if (follower && follower !== layer) replaceCall(follower, (x) => x);
    }
  }
}

interface FusedLayer {
  /** Whether this layer is of the form that is computed. */
  suits(layer: Layer): boolean;
  /** Whether its activation is ReLU. */
  activates(layer: Layer): boolean;
  compute(fields: Fields, layer: Layer, x: Tensor4D, window: Window): Tensor;
}

/** By the class of the first layer. */
const FUSED: Readonly<Record<string, FusedLayer>> = {
  BatchNormalization: {
    suits(layer) {
      const { axis, center, scale } = layer.getConfig();
      return (axis === -1 || axis === 3) && center === true && scale === true;
    },
    activates: () => false,
    compute({ gamma, beta, movingMean, movingVariance, epsilon, momentum }, _, x, window) {
      const [mean, variance] = channelMoments(x);
      movingMean.write(mix(movingMean.read(), mean, momentum));
      movingVariance.write(mix(movingVariance.read(), variance, momentum));
      const parts = { gamma: gamma.read(), beta: beta.read(), moments: { mean, variance } };
      return normalisePool(x, parts, { epsilon, ...window });
    },
  },
  Conv2D: {
    suits(layer) {
      const { activation, useBias, dataFormat, dilationRate } = layer.getConfig();
      return (
        activation === "relu" &&
        useBias === true &&
        dataFormat === "channelsLast" &&
        [dilationRate].flat().every((rate) => rate === 1)
      );
    },
    activates: () => true,
    compute({ kernel, bias }, layer, x, window) {
      const { strides, padding } = layer.getConfig();
      const sides = strides as [number, number];
      const y = conv2d(x, kernel.read() as Tensor4D, sides, padding as "same" | "valid");
      return normalisePool(y, { beta: bias.read() }, { epsilon: 0, ...window });
    },
  },
};

function isRelu(layer: Layer): boolean {
  return layer.getClassName() === "ReLU" && (layer.getConfig().maxValue ?? null) === null;
}

/** Windows that cover everything, those at the end cut off. */
function isPool(layer: Layer): boolean {
  const { poolSize, strides, padding, dataFormat } = layer.getConfig();
  return (
    layer.getClassName() === "MaxPooling2D" &&
    [poolSize, strides].flat().every((side) => side === 2) &&
    padding === "same" &&
    dataFormat === "channelsLast"
  );
}

/** The layer that alone reads this one's output, which is not one of the model's, if it is of the kind. */
function next(
  layer: Layer,
  isOfKind: (layer: Layer) => boolean,
  outputs: readonly Layer[],
): Layer | undefined {
  const [reader, ...others] = fieldsOf(layer).outboundNodes.map((node) => node.outboundLayer);
  const alone =
    reader?.inboundNodes.length === 1 && others.length === 0 && !outputs.includes(layer);
  return alone && isOfKind(reader) ? reader : undefined;
}

function replaceCall(layer: Layer, compute: (x: Tensor) => Tensor): void {
  const original: Call = layer.call.bind(layer);
  layer.call = (inputs, kwargs) =>
    kwargs.training && hasKernel(NORMALISE_POOL)
      ? compute([inputs].flat()[0] as Tensor)
      : original(inputs, kwargs);
}
