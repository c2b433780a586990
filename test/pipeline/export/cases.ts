/** The table of test models: name -> a tfjs model and what it is fed. */
import * as tfl from "@tensorflow/tfjs-layers";
import { type Case, feed, ids } from "./parity.ts";

type Make = () => Case;
type Layer = tfl.layers.Layer;

/** One layer behind one input; `null` sizes are run at the size given in `run`. */
export function one(
  layer: () => Layer,
  shape: (number | null)[],
  run: number[] = shape as number[],
  batch = 2,
): Make {
  return () => {
    const input = tfl.input({ shape, name: "x" });
    const output = layer().apply(input) as tfl.SymbolicTensor;
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
    const output = layer().apply(inputs) as tfl.SymbolicTensor;
    return {
      model: tfl.model({ inputs, outputs: output }),
      feeds: run.map((shape, i) => feed([2, ...shape], i + 1)),
    };
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

  Conv1D: one(() => L.conv1d({ filters: 3, kernelSize: 3 }), [8, 4]),
  "Conv1D same stride": one(
    () => L.conv1d({ filters: 3, kernelSize: 3, strides: 2, padding: "same", activation: "tanh" }),
    [7, 4],
  ),
  "Conv1D dilation dynamic": one(
    () => L.conv1d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: "same" }),
    [null, 4],
    [9, 4],
  ),
  "Conv2D valid": one(() => L.conv2d({ filters: 3, kernelSize: 3 }), [8, 7, 4]),
  "Conv2D same": one(
    () => L.conv2d({ filters: 3, kernelSize: 3, padding: "same", activation: "relu" }),
    [8, 7, 4],
  ),
  "Conv2D same stride 2": one(
    () => L.conv2d({ filters: 3, kernelSize: [3, 2], strides: [2, 3], padding: "same" }),
    [8, 7, 4],
  ),
  "Conv2D dynamic": one(
    () => L.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
    [null, null, 4],
    [8, 7, 4],
  ),
  "Conv2D dilation same dynamic": one(
    () => L.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: "same" }),
    [null, null, 4],
    [8, 7, 4],
  ),
  "Conv2D k1 s3 same": one(
    () => L.conv2d({ filters: 3, kernelSize: 1, strides: 3, padding: "same" }),
    [8, 7, 4],
  ),
  "Conv2D channelsFirst": one(
    () => L.conv2d({ filters: 3, kernelSize: 3, dataFormat: "channelsFirst" }),
    [4, 8, 7],
  ),
  "Conv2D softmax": one(
    () => L.conv2d({ filters: 3, kernelSize: 3, activation: "softmax" }),
    [8, 7, 4],
  ),
  Conv3D: one(() => L.conv3d({ filters: 2, kernelSize: [2, 3, 2], padding: "same" }), [4, 5, 6, 2]),
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

  MaxPooling1D: one(() => L.maxPooling1d({ poolSize: 2 }), [7, 3]),
  MaxPooling2D: one(() => L.maxPooling2d({ poolSize: 2 }), [7, 6, 3]),
  "MaxPooling2D same": one(
    () => L.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
    [7, 6, 3],
  ),
  MaxPooling3D: one(
    () => L.maxPooling3d({ poolSize: 2, dataFormat: "channelsLast" }),
    [4, 6, 4, 3],
  ),
  "AveragePooling1D same": one(() => L.averagePooling1d({ poolSize: 3, padding: "same" }), [7, 3]),
  "AveragePooling2D same": one(
    () => L.averagePooling2d({ poolSize: 3, strides: 2, padding: "same" }),
    [7, 6, 3],
  ),
  "AveragePooling3D same": one(
    () => L.averagePooling3d({ poolSize: 2, padding: "same", dataFormat: "channelsLast" }),
    [3, 4, 4, 2],
  ),
  GlobalAveragePooling1D: one(() => L.globalAveragePooling1d(), [7, 3]),
  GlobalAveragePooling2D: one(() => L.globalAveragePooling2d({}), [7, 6, 3]),
  GlobalMaxPooling1D: one(() => L.globalMaxPooling1d(), [7, 3]),
  "GlobalMaxPooling2D first": one(
    () => L.globalMaxPooling2d({ dataFormat: "channelsFirst" }),
    [7, 6, 3],
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

  LSTM: one(() => L.lstm({ recurrentInitializer: "glorotUniform", units: 3 }), [6, 4]),
  "LSTM all": one(
    () =>
      L.lstm({
        recurrentInitializer: "glorotUniform",
        units: 3,
        returnSequences: true,
        returnState: false,
        goBackwards: true,
        recurrentActivation: "sigmoid",
      }),
    [null, 4],
    [6, 4],
  ),
  "LSTM relu linear": one(
    () =>
      L.lstm({
        recurrentInitializer: "glorotUniform",
        units: 3,
        activation: "linear",
        recurrentActivation: "relu",
      }),
    [6, 4],
  ),
  "LSTM elu": one(
    () =>
      L.lstm({
        recurrentInitializer: "glorotUniform",
        units: 3,
        activation: "elu",
        recurrentActivation: "hardSigmoid",
      }),
    [6, 4],
  ),
  "LSTM no bias": one(
    () => L.lstm({ recurrentInitializer: "glorotUniform", units: 3, useBias: false }),
    [6, 4],
  ),
  GRU: one(() => L.gru({ recurrentInitializer: "glorotUniform", units: 3 }), [6, 4]),
  "GRU sequences": one(
    () =>
      L.gru({
        recurrentInitializer: "glorotUniform",
        units: 3,
        returnSequences: true,
        activation: "softsign",
      }),
    [6, 4],
  ),
  SimpleRNN: one(() => L.simpleRNN({ recurrentInitializer: "glorotUniform", units: 3 }), [6, 4]),
  "SimpleRNN relu back": one(
    () =>
      L.simpleRNN({
        recurrentInitializer: "glorotUniform",
        units: 3,
        activation: "relu",
        goBackwards: true,
      }),
    [6, 4],
  ),
  ...Object.fromEntries(
    (["concat", "sum", "mul", "ave"] as const).flatMap((mergeMode) =>
      [true, false].flatMap((returnSequences) =>
        [true, false].map((goBackwards) => [
          `Bidirectional ${mergeMode} ${returnSequences ? "sequences" : "last"}${goBackwards ? " backwards" : ""}`,
          one(
            () =>
              L.bidirectional({
                layer: L.lstm({
                  recurrentInitializer: "glorotUniform",
                  units: 3,
                  returnSequences,
                  goBackwards,
                  activation: "elu",
                }),
                mergeMode,
              }),
            [5, 4],
          ),
        ]),
      ),
    ),
  ),

  Flatten: one(() => L.flatten(), [3, 4, 2]),
  "Flatten channelsFirst": one(() => L.flatten({ dataFormat: "channelsFirst" }), [3, 4, 2]),
  Reshape: one(() => L.reshape({ targetShape: [2, 6] }), [3, 4]),
  "Reshape open": one(() => L.reshape({ targetShape: [-1, 6] }), [3, 4]),
  Permute: one(() => L.permute({ dims: [2, 1] }), [3, 4]),
  RepeatVector: one(() => L.repeatVector({ n: 3 }), [4]),
  Dropout: one(() => L.dropout({ rate: 0.5 }), [4]),
  Cropping2D: one(
    () =>
      L.cropping2D({
        cropping: [
          [1, 2],
          [0, 1],
        ],
      }),
    [6, 5, 2],
  ),
  ZeroPadding2D: one(
    () =>
      L.zeroPadding2d({
        padding: [
          [1, 2],
          [0, 1],
        ],
      }),
    [3, 4, 2],
  ),
  Embedding: () => {
    const input = tfl.input({ shape: [5], name: "tokens", dtype: "int32" });
    const model = tfl.model({
      inputs: input,
      outputs: L.embedding({ inputDim: 9, outputDim: 4 }).apply(input) as tfl.SymbolicTensor,
    });
    return { model, feeds: [ids([2, 5], 9)] };
  },
};
