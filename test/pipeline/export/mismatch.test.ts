/** Weights that do not fit: refused with the layer, the shape that was expected for its input, and the one that came. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convert, type LayersArtifacts } from "../../../pipeline/export/convert.ts";
import { ConvertError } from "../../../pipeline/export/errors.ts";

type Json = Record<string, unknown>;

/** One layer behind an input, its weights all 0.5. */
function model(
  shape: (number | null)[],
  class_name: string,
  config: Json,
  weights: Record<string, number[]>,
): LayersArtifacts {
  const weightSpecs = Object.entries(weights).map(([name, dims]) => ({
    name: `l/${name}`,
    shape: dims,
    dtype: "float32",
  }));
  const size = weightSpecs.reduce((sum, { shape: s }) => sum + s.reduce((a, b) => a * b, 1), 0);
  const layers = [
    { class_name: "InputLayer", config: { batch_input_shape: [null, ...shape], name: "x" } },
    { class_name, config: { name: "l", ...config } },
  ];
  return {
    modelTopology: { class_name: "Sequential", config: { name: "m", layers } },
    weightSpecs,
    weightData: new Float32Array(size).fill(0.5).buffer,
  };
}

const conv = { filters: 4, kernel_size: 3, use_bias: false };
const lstm = { class_name: "LSTM", config: { name: "r", units: 3, use_bias: false } };

/** A row: the layer, weights that fit, those that do not, and the refusal. */
const CASES: Record<
  string,
  [
    shape: (number | null)[],
    className: string,
    config: Json,
    fitting: Record<string, number[]>,
    other: Record<string, number[]>,
    message: RegExp,
  ]
> = {
  "rows of a Dense": [
    [4],
    "Dense",
    { units: 2 },
    { kernel: [4, 2], bias: [2] },
    { kernel: [3, 2] },
    /l: \(Dense\) weight "l\/kernel" has shape \[3,2\], expected \[4,2\] for an input of shape \[batch,4\]/,
  ],
  "units of a Dense": [
    [3],
    "Dense",
    { units: 5 },
    { kernel: [3, 5], bias: [5] },
    { kernel: [3, 2] },
    /has shape \[3,2\], expected \[3,5\]/,
  ],
  "channels of a Conv2D": [
    [8, 8, 3],
    "Conv2D",
    conv,
    { kernel: [3, 3, 3, 4] },
    { kernel: [3, 3, 1, 4] },
    /has shape \[3,3,1,4\], expected \[3,3,3,4\] for an input of shape \[batch,8,8,3\]/,
  ],
  "channels of a Conv2D with channels first": [
    [3, 8, 8],
    "Conv2D",
    { ...conv, data_format: "channels_first" },
    { kernel: [3, 3, 3, 4] },
    { kernel: [3, 3, 8, 4] },
    /expected \[3,3,3,4\] for an input of shape \[batch,3,8,8\]/,
  ],
  "channels of a Conv1D over any number of steps": [
    [null, 2],
    "Conv1D",
    conv,
    { kernel: [3, 2, 4] },
    { kernel: [3, 3, 4] },
    /expected \[3,2,4\] for an input of shape \[batch,x_1,2\]/,
  ],
  "channels of a Conv2DTranspose": [
    [8, 8, 3],
    "Conv2DTranspose",
    conv,
    { kernel: [3, 3, 4, 3] },
    { kernel: [3, 3, 4, 2] },
    /has shape \[3,3,4,2\], expected \[3,3,4,3\]/,
  ],
  "channels of a DepthwiseConv2D": [
    [8, 8, 3],
    "DepthwiseConv2D",
    { kernel_size: 3, use_bias: false },
    { depthwise_kernel: [3, 3, 3, 1] },
    { depthwise_kernel: [3, 3, 2, 1] },
    /has shape \[3,3,2,1\], expected \[3,3,3,1\]/,
  ],
  "multiplier of a DepthwiseConv2D": [
    [8, 8, 3],
    "DepthwiseConv2D",
    { kernel_size: 3, use_bias: false, depth_multiplier: 2 },
    { depthwise_kernel: [3, 3, 3, 2] },
    { depthwise_kernel: [3, 3, 3, 1] },
    /has shape \[3,3,3,1\], expected \[3,3,3,2\]/,
  ],
  "axes of a LayerNormalization, one size twice": [
    [4, 4],
    "LayerNormalization",
    { axis: [1, 2] },
    { gamma: [4, 4], beta: [4, 4] },
    { gamma: [4, 7], beta: [4, 7] },
    /has shape \[4,7\], expected \[4,4\]/,
  ],
  "axes of a LayerNormalization in another order": [
    [5, 3],
    "LayerNormalization",
    { axis: [1, 2] },
    { gamma: [5, 3], beta: [5, 3] },
    { gamma: [3, 5], beta: [3, 5] },
    /has shape \[3,5\], expected \[5,3\]/,
  ],
  "axes of a LayerNormalization in the order of the config": [
    [5, 3],
    "LayerNormalization",
    { axis: [2, 1] },
    { gamma: [3, 5], beta: [3, 5] },
    { gamma: [5, 3], beta: [5, 3] },
    /has shape \[5,3\], expected \[3,5\]/,
  ],
  "channels of a SeparableConv2D": [
    [8, 8, 3],
    "SeparableConv2D",
    conv,
    { depthwise_kernel: [3, 3, 3, 1], pointwise_kernel: [1, 1, 3, 4] },
    { pointwise_kernel: [1, 1, 2, 4] },
    /has shape \[1,1,2,4\], expected \[1,1,3,4\]/,
  ],
  "features of an LSTM": [
    [5, 4],
    "LSTM",
    { units: 3, use_bias: false },
    { kernel: [4, 12], recurrent_kernel: [3, 12] },
    { kernel: [2, 12] },
    /\(LSTM\) weight "l\/kernel" has shape \[2,12\], expected \[4,12\] for an input of shape \[batch,5,4\]/,
  ],
  "features of the second cell of a stack": [
    [5, 4],
    "RNN",
    {
      cell: {
        class_name: "StackedRNNCells",
        config: {
          cells: [3, 2].map((units) => ({
            class_name: "SimpleRNNCell",
            config: { units, use_bias: false },
          })),
        },
      },
    },
    {
      "RNNCell_0/kernel": [4, 3],
      "RNNCell_0/recurrent_kernel": [3, 3],
      "RNNCell_1/kernel": [3, 2],
      "RNNCell_1/recurrent_kernel": [2, 2],
    },
    { "RNNCell_1/kernel": [4, 2] },
    /RNNCell_1\/kernel" has shape \[4,2\], expected \[3,2\]/,
  ],
  "features of a Bidirectional": [
    [5, 4],
    "Bidirectional",
    { layer: lstm },
    {
      "forward_r/kernel": [4, 12],
      "forward_r/recurrent_kernel": [3, 12],
      "backward_r/kernel": [4, 12],
      "backward_r/recurrent_kernel": [3, 12],
    },
    { "backward_r/kernel": [5, 12] },
    /backward_r\/kernel" has shape \[5,12\], expected \[4,12\]/,
  ],
  "channels of a ConvLSTM2D": [
    [3, 5, 5, 2],
    "ConvLSTM2D",
    { filters: 2, kernel_size: 2, use_bias: false },
    { kernel: [2, 2, 2, 8], recurrent_kernel: [2, 2, 2, 8] },
    { kernel: [2, 2, 3, 8] },
    /has shape \[2,2,3,8\], expected \[2,2,2,8\]/,
  ],
  "channels of a BatchNormalization": [
    [2],
    "BatchNormalization",
    { scale: false, center: false },
    { moving_mean: [2], moving_variance: [2] },
    { moving_mean: [3], moving_variance: [3] },
    /moving_mean" has shape \[3\], expected \[2\] for an input of shape \[batch,2\]/,
  ],
  "rank of a BatchNormalization": [
    [2],
    "BatchNormalization",
    { scale: false, center: false },
    { moving_mean: [2], moving_variance: [2] },
    { moving_mean: [1, 2], moving_variance: [1, 2] },
    /moving_mean" has shape \[1,2\], expected \[2\]/,
  ],
  "axes of a LayerNormalization": [
    [3, 2],
    "LayerNormalization",
    { center: false },
    { gamma: [2] },
    { gamma: [3] },
    /gamma" has shape \[3\], expected \[2\]/,
  ],
  "channels of a PReLU": [
    [4, 4, 3],
    "PReLU",
    { shared_axes: [1, 2] },
    { alpha: [1, 1, 3] },
    { alpha: [1, 1, 2] },
    /alpha" has shape \[1,1,2\], expected \[1,1,3\]/,
  ],
  "rows of an Embedding": [
    [5],
    "Embedding",
    { input_dim: 9, output_dim: 2 },
    { embeddings: [9, 2] },
    { embeddings: [8, 2] },
    /embeddings" has shape \[8,2\], expected \[9,2\]/,
  ],
};

for (const [name, [shape, className, config, fitting, other, message]] of Object.entries(CASES)) {
  test(name, () => {
    convert(model(shape, className, config, fitting));
    assert.throws(
      () => convert(model(shape, className, config, { ...fitting, ...other })),
      (error: unknown) => error instanceof ConvertError && message.test(error.message),
      String(message),
    );
  });
}

test("a Flatten hands on as many numbers as its image has, not as the same padding would give", () => {
  const layers = [
    {
      class_name: "Conv2D",
      config: { ...conv, name: "c", filters: 2, batch_input_shape: [null, 6, 6, 1] },
    },
    { class_name: "Flatten", config: { name: "f" } },
    { class_name: "Dense", config: { name: "d", units: 1, use_bias: false } },
  ];
  const of = (rows: number): LayersArtifacts => ({
    modelTopology: { class_name: "Sequential", config: layers },
    weightSpecs: [
      { name: "c/kernel", shape: [3, 3, 1, 2], dtype: "float32" },
      { name: "d/kernel", shape: [rows, 1], dtype: "float32" },
    ],
    weightData: new Float32Array(18 + rows).buffer,
  });
  convert(of(32));
  assert.throws(
    () => convert(of(72)),
    /d: \(Dense\) weight "d\/kernel" has shape \[72,1\], expected \[32,1\] for an input of shape \[batch,32\]/,
  );
});
