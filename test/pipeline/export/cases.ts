/** The table of test models: name -> a tfjs model and what it is fed. */
import * as tfl from "@tensorflow/tfjs-layers";
import { type Case, feed, ids } from "./parity.ts";
import { on } from "./symbolic.ts";

export type Make = () => Case;
export type Layer = tfl.layers.Layer;

/** One layer behind one input; `null` sizes are run at the size given in `run`. */
export function one(
  layer: () => Layer,
  shape: (number | null)[],
  run: number[] = shape as number[],
  batch = 2,
): Make {
  return () => {
    const input = tfl.input({ shape, name: "x" });
    const output = on(input, layer());
    return { model: tfl.model({ inputs: input, outputs: output }), feeds: [feed([batch, ...run])] };
  };
}

/** A merge of several inputs. */
export function merge(
  layer: () => Layer,
  shapes: (number | null)[][],
  run: number[][] = shapes as number[][],
): Make {
  return () => {
    const inputs = shapes.map((shape, i) => tfl.input({ shape, name: `x${i}` }));
    const output = on(inputs, layer());
    return {
      model: tfl.model({ inputs, outputs: output }),
      feeds: run.map((shape, i) => feed([2, ...shape], i + 1)),
    };
  };
}

/** Layers in a row behind one input. */
export function chain(shape: (number | null)[], ...layers: [Layer, ...Layer[]]): Case {
  const input = tfl.input({ shape, name: "x" });
  const output = on(input, ...layers);
  return {
    model: tfl.model({ inputs: input, outputs: output }),
    feeds: [feed([2, ...(shape as number[])])],
  };
}

const L = tfl.layers;
const ACTIVATIONS = [
  "linear",
  "relu",
  "relu6",
  "elu",
  "selu",
  "sigmoid",
  "tanh",
  "softplus",
  "softsign",
  "hardSigmoid",
  "softmax",
  "logSoftmax",
  "gelu",
  "mish",
  "swish",
] as const;
type Act = "relu";

export const CASES: Record<string, Make> = {
  Dense: one(() => L.dense({ units: 3 }), [4]),
  "Dense no bias": one(() => L.dense({ units: 3, useBias: false }), [4]),
  "Dense rank 3": one(() => L.dense({ units: 3, activation: "relu" }), [5, 4]),
  "Dense rank 4": one(() => L.dense({ units: 3, activation: "softmax" }), [5, 2, 4]),
  "Dense dynamic time": one(() => L.dense({ units: 3 }), [null, 4], [6, 4]),
  ...Object.fromEntries(
    ACTIVATIONS.map((a) => [
      `Activation ${a}`,
      one(() => L.activation({ activation: a as Act }), [5, 3]),
    ]),
  ),
  ReLU: one(() => L.reLU(), [4]),
  "ReLU max": one(() => L.reLU({ maxValue: 0.5 }), [4]),
  LeakyReLU: one(() => L.leakyReLU({ alpha: 0.2 }), [4]),
  PReLU: one(() => L.prelu(), [4, 3]),
  "PReLU shared": one(() => L.prelu({ sharedAxes: [1, 2] }), [4, 3, 2]),
  ELU: one(() => L.elu(), [4]),
  ThresholdedReLU: one(() => L.thresholdedReLU({ theta: 0.3 }), [4]),
  Softmax: one(() => L.softmax(), [4]),
  "Softmax axis": one(() => L.softmax({ axis: -1 }), [3, 4]),
  DepthwiseConv2D: one(
    () => L.depthwiseConv2d({ kernelSize: 3, padding: "same", activation: "relu" }),
    [6, 7, 4],
  ),
  "DepthwiseConv2D multiplier": one(
    () => L.depthwiseConv2d({ kernelSize: [3, 2], depthMultiplier: 2, strides: [2, 2] }),
    [6, 7, 4],
  ),
  SeparableConv2D: one(
    () => L.separableConv2d({ filters: 5, kernelSize: 3, padding: "same", activation: "relu" }),
    [6, 7, 4],
  ),
  BatchNormalization: one(() => L.batchNormalization(), [4]),
  "BatchNormalization no scale": one(() => L.batchNormalization({ scale: false }), [3, 4]),
  "BatchNormalization no center": one(
    () => L.batchNormalization({ center: false, epsilon: 0.1 }),
    [3, 5, 4],
  ),
  LayerNormalization: one(() => L.layerNormalization(), [3, 4]),
  "LayerNormalization bare": one(
    () => L.layerNormalization({ center: false, scale: false }),
    [3, 4],
  ),
  "LayerNormalization axes": one(() => L.layerNormalization({ axis: [1, 2] }), [3, 4]),
  "LayerNormalization axes in another order": one(
    () => L.layerNormalization({ axis: [3, 1] }),
    [3, 4, 5],
  ),
  "LayerNormalization trailing axes in another order": one(
    () => L.layerNormalization({ axis: [2, 1] }),
    [3, 4],
  ),
  "LayerNormalization first axis": one(() => L.layerNormalization({ axis: 1 }), [3, 4]),
  Add: merge(
    () => L.add(),
    [
      [3, 4],
      [3, 4],
    ],
  ),
  "Add three": merge(() => L.add(), [[4], [4], [4]]),
  "Add ranks": merge(() => L.add(), [[3, 4], [4]]),
  Multiply: merge(
    () => L.multiply(),
    [
      [3, 4],
      [3, 1],
    ],
  ),
  Average: merge(() => L.average(), [[4], [4], [4]]),
  Maximum: merge(() => L.maximum(), [[4], [4], [4]]),
  Minimum: merge(() => L.minimum(), [[4], [4]]),
  Concatenate: merge(
    () => L.concatenate(),
    [
      [3, 4],
      [3, 2],
    ],
  ),
  "Concatenate axis 1": merge(
    () => L.concatenate({ axis: 1 }),
    [
      [3, 4],
      [2, 4],
    ],
  ),
  "Dot 2x2": merge(() => L.dot({ axes: 1 }), [[4], [4]]),
  "Dot 2x2 normalize": merge(() => L.dot({ axes: -1, normalize: true }), [[4], [4]]),
  "Dot 2x3": merge(() => L.dot({ axes: [1, 1] }), [[5], [5, 4]]),
  "Dot 2x3 dynamic": merge(() => L.dot({ axes: [1, 1] }), [[null], [null, 4]], [[6], [6, 4]]),
  "Dot 3x3": merge(
    () => L.dot({ axes: [2, 2] }),
    [
      [5, 4],
      [3, 4],
    ],
  ),
  "Dot 3x3 first": merge(
    () => L.dot({ axes: [1, 1] }),
    [
      [5, 4],
      [5, 3],
    ],
  ),
  "DepthwiseConv2D channelsFirst": one(
    () => L.depthwiseConv2d({ kernelSize: 3, dataFormat: "channelsFirst", useBias: false }),
    [3, 6, 7],
  ),
  "DepthwiseConv2D dilation ignored": one(
    () =>
      L.depthwiseConv2d({
        kernelSize: 3,
        dilationRate: [1, 1],
        strides: [1, 1],
        padding: "valid",
        activation: "tanh",
      }),
    [6, 7, 3],
  ),
  "SeparableConv2D multiplier dilation": one(
    () => L.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2, dilationRate: 2 }),
    [9, 8, 3],
  ),
  "SeparableConv2D stride": one(
    () =>
      L.separableConv2d({ filters: 5, kernelSize: 3, strides: 2, padding: "same", useBias: false }),
    [9, 8, 3],
  ),
  Rescaling: one(() => L.rescaling({ scale: 0.5, offset: -1 }), [4, 3]),
  GaussianNoise: one(() => L.gaussianNoise({ stddev: 1 }), [4]),
  GaussianDropout: one(() => L.gaussianDropout({ rate: 0.3 }), [4]),
  AlphaDropout: one(() => L.alphaDropout({ rate: 0.3 }), [4]),
  SpatialDropout1D: one(() => L.spatialDropout1d({ rate: 0.3 }), [4, 3]),
  "Reshape dynamic": one(() => L.reshape({ targetShape: [-1, 2, 2] }), [null, 4], [3, 4]),
  "Permute rank 4": one(() => L.permute({ dims: [3, 1, 2] }), [3, 4, 2]),
  "Softmax axes": one(() => L.softmax({ axis: [1, 2] }), [3, 4]),
  "Multiply gate": merge(() => L.multiply(), [[4, 5, 3], [3]]),
  "Maximum ranks": merge(() => L.maximum(), [[4, 3], [3], [4, 3]]),
  "Concatenate axis -2 is the last": merge(
    () => L.concatenate({ axis: -2 }),
    [
      [3, 4],
      [3, 4],
    ],
  ),
  "Dot 3x2": merge(() => L.dot({ axes: [2, 1] }), [[5, 4], [4]]),
  "Dot 3x3 normalize": merge(
    () => L.dot({ axes: [2, 1], normalize: true }),
    [
      [5, 4],
      [4, 3],
    ],
  ),
  "Dot 3x3 mixed": merge(
    () => L.dot({ axes: [1, 2] }),
    [
      [4, 5],
      [3, 4],
    ],
  ),
  "Embedding float input": () => {
    const model = tfl.sequential({
      layers: [L.embedding({ inputDim: 9, outputDim: 4, inputLength: 5 })],
    });
    return { model, feeds: [ids([2, 5], 9)] };
  },
  "Embedding rank 3": () => {
    const input = tfl.input({ shape: [3, 2], name: "tokens", dtype: "int32" });
    const model = tfl.model({
      inputs: input,
      outputs: on(input, L.embedding({ inputDim: 9, outputDim: 4, inputLength: [3, 2] })),
    });
    return { model, feeds: [ids([2, 3, 2], 9)] };
  },
  Flatten: one(() => L.flatten(), [3, 4, 2]),
  "Flatten channelsFirst": one(() => L.flatten({ dataFormat: "channelsFirst" }), [3, 4, 2]),
  Reshape: one(() => L.reshape({ targetShape: [2, 6] }), [3, 4]),
  "Reshape open": one(() => L.reshape({ targetShape: [-1, 6] }), [3, 4]),
  Permute: one(() => L.permute({ dims: [2, 1] }), [3, 4]),
  RepeatVector: one(() => L.repeatVector({ n: 3 }), [4]),
  Dropout: one(() => L.dropout({ rate: 0.5 }), [4]),
  Embedding: () => {
    const input = tfl.input({ shape: [5], name: "tokens", dtype: "int32" });
    const model = tfl.model({
      inputs: input,
      outputs: on(input, L.embedding({ inputDim: 9, outputDim: 4 })),
    });
    return { model, feeds: [ids([2, 5], 9)] };
  },
};
