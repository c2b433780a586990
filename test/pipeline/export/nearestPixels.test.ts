/** Resizing by nearest pixels: every pixel is the one that TensorFlow.js takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { convert } from "../../../pipeline/export/convert.ts";
import { runConverted, runOriginal } from "./graph/compare.ts";
import { attr, GraphWriter, type Value } from "./graph/graphs.ts";
import { runOnnx } from "./parity.ts";

/** A picture of one row, or one column, whose pixels have their own numbers. */
const numbered = (shape: readonly [number, number, number, number]): Value => ({
  shape,
  dtype: "float32",
  data: Array.from({ length: shape[1] * shape[2] }, (_, i) => i),
});

/** Sizes of which onnxruntime's Resize takes some pixel otherwise, among all that they are resized to. */
const SIZES = [14, 16, 26, 30];
const LARGEST = 32;

for (const [name, corners, centres] of [
  ["the pixel below", false, false],
  ["aligned corners", true, false],
  ["half pixels", false, true],
] as const) {
  test(`ResizeNearestNeighbor from and to many sizes, ${name}`, async () => {
    for (const from of SIZES) {
      const graph = new GraphWriter();
      graph.input("x", [1, 1, from, 1]);
      const outputs = Array.from({ length: LARGEST }, (_, i) => `to_${i + 1}`);
      for (const [i, output] of outputs.entries()) {
        graph.constant(`size_${i}`, { shape: [2], dtype: "int32", data: [1, i + 1] });
        const attrs = { align_corners: attr.flag(corners), half_pixel_centers: attr.flag(centres) };
        graph.node("ResizeNearestNeighbor", output, ["x", `size_${i}`], attrs);
        graph.output(output, output);
      }
      const feeds = { x: numbered([1, 1, from, 1]) };
      const expected = await runOriginal(graph.artifacts(), feeds, outputs);
      const actual = await runConverted(convert(graph.artifacts()), feeds);
      for (const [i, { data }] of expected.entries())
        assert.deepEqual(actual[i]!.data, data, `${from} to ${i + 1}`);
    }
  });
}

/** One Resizing layer as a file of TensorFlow.js has it, or one of Keras 3, which says `batch_shape`. */
function resizing(shape: readonly number[], config: object, key = "batch_input_shape") {
  const inputLayer = { [key]: [null, ...shape], name: "x" };
  const layers = [
    { class_name: "InputLayer", config: inputLayer },
    { class_name: "Resizing", config: { ...config, interpolation: "nearest", name: "resizing" } },
  ];
  return convert({
    modelTopology: {
      model_config: { class_name: "Sequential", config: { name: "s", layers } },
    },
    weightSpecs: [],
    weightData: new ArrayBuffer(0),
  });
}

for (const cropToAspectRatio of [false, true]) {
  test(`Resizing, crop_to_aspect_ratio ${cropToAspectRatio}`, async () => {
    const size = { height: 2, width: 23 };
    const x = numbered([1, 14, 16, 1]);
    const conversion = resizing([14, 16, 1], { ...size, crop_to_aspect_ratio: cropToAspectRatio });
    const [output] = await runOnnx(conversion, [{ shape: [...x.shape], data: [...x.data] }]);
    const layer = tfl.layers.resizing({ ...size, interpolation: "nearest", cropToAspectRatio });
    const expected = layer.apply(tf.tensor([...x.data], [1, 14, 16, 1])) as tf.Tensor;
    assert.deepEqual(Array.from(output!.data), Array.from(expected.dataSync()));
  });
}

test("Resizing of Keras takes the pixels that the centres fall in", async () => {
  const conversion = resizing([30, 30, 1], { height: 30, width: 9 }, "batch_shape");
  const x = numbered([1, 30, 30, 1]);
  const [output] = await runOnnx(conversion, [{ shape: [...x.shape], data: [...x.data] }]);
  // 7.5 * 30 / 9 is 25
  const row = [1, 5, 8, 11, 15, 18, 21, 25, 28];
  assert.deepEqual(Array.from(output!.data).slice(0, 9), row);
});
