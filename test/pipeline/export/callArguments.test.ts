/** What a call is given beside its inputs: read, or refused. The fixtures in keras2/ and keras3/ have what is read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convert, type LayersArtifacts } from "../../../pipeline/export/convert.ts";
import { readTopology } from "../../../pipeline/export/topology.ts";
import { notComparable } from "../../../pipeline/export/verify/keras2.ts";
import { readKeras2, readKeras3 } from "./keras3.ts";

type Json = Record<string, unknown>;

/** A model with the inputs a and b [batch, 4, 2], and a layer that is called with a and the arguments. */
function calling(class_name: string, named: Json, version = "2.15.0"): LayersArtifacts {
  const names = ["a", "b"];
  const inputs = names.map((name) => ({
    class_name: "InputLayer",
    name,
    config: { name, batch_input_shape: [null, 4, 2] },
    inbound_nodes: [],
  }));
  // a layer that TensorFlow.js does not have
  const keras = {
    class_name: "UnitNormalization",
    name: "unit",
    config: { name: "unit" },
    inbound_nodes: [[["a", 0, 0, {}]]],
  };
  const layer = {
    class_name,
    name: "called",
    config: { name: "called", units: 2 },
    inbound_nodes: [[["unit", 0, 0, named]]],
  };
  const config = {
    name: "m",
    layers: [...inputs, keras, layer],
    input_layers: names.map((name) => [name, 0, 0]),
    output_layers: [["called", 0, 0]],
  };
  const modelTopology = {
    keras_version: version,
    model_config: { class_name: "Functional", config },
  };
  return { modelTopology, weightSpecs: [], weightData: new ArrayBuffer(0) };
}

const B = ["b", 0, 0];

test("what a layer does not read of a call is refused", () => {
  const refused = (className: string, named: Json, message: RegExp) =>
    assert.throws(() => convert(calling(className, named)), message);
  refused("BatchNormalization", { training: true }, /called: .* called with training=True/);
  refused("Dropout", { training: true }, /called with training=True/);
  refused("LSTM", { constants: [B] }, /with the argument "constants", which is not converted/);
  refused("Attention", { mask: [null, B] }, /is given masks for single inputs/);
});

test("what stands for nothing is read past", () => {
  convert(calling("Dropout", { training: false, noise: null }));
  convert(calling("Dropout", { training: null }));
  // the predict() of Keras 3 goes before the argument
  convert(calling("Dropout", { training: true }, "3.6.0"));
});

test("a model that is called without one of its named inputs is refused", () => {
  const { artifacts } = readKeras2("named");
  const text = JSON.stringify(artifacts.modelTopology);
  const renamed = JSON.parse(text.replace('{"a":["z",0,0,{}]', '{"c":["z",0,0,{}]'));
  assert.throws(
    () => convert({ ...artifacts, modelTopology: renamed }),
    /inner: is called with the inputs b, c, it has an input "a"/,
  );
});

test("TensorFlow.js does not judge masks and weights that a call is given", () => {
  for (const { artifacts } of [readKeras2("arguments"), readKeras3("arguments_keras")]) {
    const paths = notComparable(readTopology(artifacts.modelTopology)).map(({ path }) => path);
    assert.ok(paths.includes("count") && paths.includes("softmax"), String(paths));
  }
});

test("inputs of Keras 3 may be named, one or a list, and nothing else is taken for them", () => {
  const tensor = (name: string) => ({
    class_name: "__keras_tensor__",
    config: { shape: [null, 4], dtype: "float32", keras_history: [name, 0, 0] },
  });
  const adding = (args: unknown[], kwargs: Json): LayersArtifacts => {
    const inputs = ["a", "b"].map((name) => ({
      class_name: "InputLayer",
      name,
      config: { name, batch_shape: [null, 4] },
      inbound_nodes: [],
    }));
    const layer = {
      class_name: "Concatenate",
      name: "both",
      config: { name: "both", axis: -1 },
      inbound_nodes: [{ args, kwargs }],
    };
    const config = {
      name: "m",
      layers: [...inputs, layer],
      input_layers: [
        ["a", 0, 0],
        ["b", 0, 0],
      ],
      output_layers: [["both", 0, 0]],
    };
    const modelTopology = {
      keras_version: "3.5.0",
      model_config: { class_name: "Functional", config },
    };
    return { modelTopology, weightSpecs: [], weightData: new ArrayBuffer(0) };
  };
  const both = [tensor("a"), tensor("b")];
  const { onnx } = convert(adding([both], {}));
  assert.deepEqual(convert(adding([], { inputs: both })).onnx, onnx);
  assert.throws(
    () => convert(adding([[tensor("a")]], { others: [tensor("b")] })),
    /with the argument "others", which is not converted/,
  );
});
