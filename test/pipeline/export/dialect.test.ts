/** Whose rules a file follows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { serialization, sub, type Tensor } from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
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
