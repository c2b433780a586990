/** Whose rules a file follows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { serialization, sub, type Tensor } from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { convert } from "../../../pipeline/export/convert.ts";
import { dialectOf } from "../../../pipeline/export/dialect.ts";
import { checkParity, feed } from "./parity.ts";
import { on } from "./symbolic.ts";

/** A class that Keras has, and TensorFlow.js only where somebody registers it. */
class Subtract extends tfl.layers.Layer {
  static className = "Subtract";
  override computeOutputShape(shapes: tfl.Shape[]): tfl.Shape {
    return shapes[0] as tfl.Shape;
  }
  override call(inputs: Tensor[]): Tensor {
    return sub(inputs[0] as Tensor, inputs[1] as Tensor);
  }
}
serialization.registerClass(Subtract as never);

test("a class of a Keras name leaves a file of TensorFlow.js to its rules", async () => {
  const x = tfl.input({ shape: [4, 4, 2], name: "x" });
  const enlarged = (["bilinear", "nearest"] as const).map((interpolation) =>
    on(x, tfl.layers.upSampling2d({ size: [2, 2], interpolation })),
  );
  const model = tfl.model({ inputs: x, outputs: on(enlarged, new Subtract({})) });
  await checkParity({ model, feeds: [feed([2, 4, 4, 2])] });
});

test("without a version of TensorFlow.js, layers that it lacks make a file Keras's", () => {
  const topology = { className: "Subtract", config: {} };
  const versions = ["tfjs-layers 4.22.0", "2.12.0", "3.6.0", "", undefined];
  assert.deepEqual(
    versions.map((version) => dialectOf(topology, version)),
    ["tfjs", "keras2", "keras3", "keras2", "keras2"],
  );
});

test("a file that tfjs cannot load follows Keras", () => {
  const separable = { className: "SeparableConv2D", config: { kernelInitializer: {} } };
  assert.equal(dialectOf(separable, "2.15.0"), "keras2");
  assert.equal(dialectOf({ ...separable, config: { kernelInitializer: null } }, "2.15.0"), "tfjs");
});

/** A Concatenate of [3, 4] and [2, 4] along axis -2, which tfjs takes for the last. */
const joined = (keras_version: string) => {
  const names = ["a", "b"];
  const config = {
    name: "m",
    layers: [
      ...names.map((name, i) => ({
        class_name: "InputLayer",
        name,
        config: { name, batch_input_shape: [null, 3 - i, 4] },
        inbound_nodes: [],
      })),
      {
        class_name: "Concatenate",
        name: "c",
        config: { name: "c", axis: -2 },
        inbound_nodes: [names.map((name) => [name, 0, 0])],
      },
    ],
    input_layers: names.map((name) => [name, 0, 0]),
    output_layers: [["c", 0, 0]],
  };
  const modelTopology = { keras_version, model_config: { class_name: "Model", config } };
  return { modelTopology, weightSpecs: [], weightData: new ArrayBuffer(0) };
};

test("what tfjs loads and cannot run follows Keras, unless tfjs wrote it", () => {
  assert.deepEqual(convert(joined("2.15.0")).outputs[0]?.shape, ["batch", 5, 4]);
  assert.throws(
    () => convert(joined("tfjs-layers 4.22.0")),
    /c: \(Concatenate\) inputs \[batch,3,4\], \[batch,2,4\] differ in another axis than 2/,
  );
});
