/** Layers of users' own: a function writes them, and its mistakes are issues of the layer. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { mul, serialization, sin, type Tensor, tidy } from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { convert, type LayerFunction, refuse } from "../../../pipeline/export/convert.ts";
import { startOf } from "../../builtProgram.ts";
import { isHere } from "../../needs/needs.ts";
import { artifactsOf, checkWithPython, compare, feed, seedWeights } from "./parity.ts";
import { on } from "./symbolic.ts";

/** y = amplitude * sin(x * frequency), with a weight for each feature. */
class Sine extends tfl.layers.Layer {
  static className = "Sine";
  frequency!: tfl.LayerVariable;
  readonly amplitude: number;
  constructor(config: { amplitude: number; name?: string }) {
    super(config as never);
    this.amplitude = config.amplitude;
  }
  override build(shape: number[]): void {
    this.frequency = this.addWeight(
      "frequency",
      [shape.at(-1) as number],
      "float32",
      tfl.initializers.ones(),
    );
    this.built = true;
  }
  override call(inputs: Tensor[]): Tensor {
    const x = [inputs].flat()[0] as Tensor;
    return tidy(() => mul(sin(mul(x, this.frequency.read())), this.amplitude));
  }
  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), scale_factor: this.amplitude };
  }
}
serialization.registerClass(Sine as never);

const sine: LayerFunction = ({ b, x, config, weight }) => {
  const { dtype, shape } = x;
  const waves = b.op("Sin", [b.op("Mul", [x, weight("frequency")])], {}, { dtype, shape });
  return b.op("Mul", [waves, b.scalar(Number(config.scaleFactor))]);
};

function model(): tfl.LayersModel {
  const x = tfl.input({ shape: [5, 3], name: "x" });
  const wave = on(x, new Sine({ amplitude: 3, name: "wave" }));
  const each = on(wave, tfl.layers.timeDistributed({ layer: new Sine({ amplitude: 2 }) }));
  const made = tfl.model({ inputs: x, outputs: on(each, tfl.layers.dense({ units: 2 })) });
  seedWeights(made, 3);
  return made;
}

const artifacts = await artifactsOf(model());

test("a function writes the layer, alone and inside a wrapper, in every precision", async () => {
  for (const dtype of ["fp32", "fp16", "fp16-weights", "q8"] as const) {
    const conversion = convert(artifacts, { layers: { Sine: sine }, dtype });
    assert.equal(conversion.ops.Sin, 2);
    await compare(model(), conversion, [feed([2, 5, 3])], dtype === "fp32" ? 1e-5 : 2e-2);
    if (isHere("onnxChecker")) checkWithPython(new Map([[dtype, conversion.onnx]]));
  }
});

test("it takes the place of a class that the converter has", () => {
  const { ops } = convert(artifacts, {
    layers: { Sine: sine, Dense: ({ b, x }) => b.op("Tanh", [x]) },
  });
  assert.equal(ops.Tanh, 1);
  assert.equal(ops.MatMul, undefined);
});

test("what it may return: a value, its input, a weight, a list", () => {
  const outputs: LayerFunction[] = [
    ({ x }) => x,
    ({ x }) => [x],
    ({ weight }) => weight("frequency"),
  ];
  for (const write of outputs) {
    const bare = { Sine: write, TimeDistributed: write, Dense: ({ x }) => x } satisfies Record<
      string,
      LayerFunction
    >;
    const weightless = outputs.indexOf(write) < 2 ? bare : { ...bare, TimeDistributed: sine0 };
    assert.ok(convert(artifacts, { layers: weightless }).onnx.length > 0);
  }
});
const sine0: LayerFunction = ({ x }) => x;

test("without a function, and with one that fails, the layer is named", () => {
  const broken: [LayerFunction, RegExp][] = [
    [() => refuse("has an odd config"), /wave: \(Sine\) has an odd config/],
    [
      () => {
        throw new TypeError("x is odd");
      },
      /wave: \(Sine\) your function failed: x is odd/,
    ],
    [
      ({ weight }) => weight("phase"),
      /wave: \(Sine\) weight "wave\/phase" is not in the weights file/,
    ],
    [
      () => undefined as never,
      /your function must return a tensor, or a list of them, that b has made/,
    ],
    [
      () => ({ name: "y", dtype: "float32", shape: [] }),
      /returned the tensor "y", which b has not made/,
    ],
    [({ b, x }) => b.op("Celu", [x]), /does not know the type of this operator's output; give it/],
    [({ b, x }) => b.op("Sinus", [x]), /the operator Sinus has no row/],
  ];
  for (const [write, message] of broken)
    assert.throws(() => convert(artifacts, { layers: { Sine: write } }), {
      name: "ConvertError",
      message,
    });
  assert.throws(() => convert(artifacts), {
    name: "ConvertError",
    message:
      /unknown layer class "Sine".*give a function \(layers: \{ Sine: \.\.\. \}, on the command line --layers FILE\.mjs\)/,
  });
  assert.throws(() => convert(artifacts, { layers: { Sine: "sin" as never } }), {
    message: /options\.layers\.Sine: must be a function, it is string/,
  });
});

const folder = mkdtempSync(join(tmpdir(), "custom-"));
after(() => rmSync(folder, { recursive: true }));

test("--layers takes a module; where that registers the class with TensorFlow.js, --verify compares", () => {
  const weights = new Uint8Array(artifacts.weightData as ArrayBuffer);
  writeFileSync(join(folder, "weights.bin"), weights);
  const json = {
    modelTopology: artifacts.modelTopology,
    weightsManifest: [{ paths: ["weights.bin"], weights: artifacts.weightSpecs }],
  };
  writeFileSync(join(folder, "model.json"), JSON.stringify(json));
  const core = import.meta.resolve("@tensorflow/tfjs-core");
  const layers = import.meta.resolve("@tensorflow/tfjs-layers");
  writeFileSync(
    join(folder, "layers.mjs"),
    `import { mul, serialization, sin, tidy } from ${JSON.stringify(core)};
     import * as tfl from ${JSON.stringify(layers)};
     class Sine extends tfl.layers.Layer {
       static className = "Sine";
       constructor(config) { super(config); this.amplitude = config.scaleFactor; }
       build(shape) { this.frequency = this.addWeight("frequency", [shape.at(-1)], "float32", tfl.initializers.ones()); this.built = true; }
       call(inputs) { const x = [inputs].flat()[0]; return tidy(() => mul(sin(mul(x, this.frequency.read())), this.amplitude)); }
     }
     serialization.registerClass(Sine);
     const write = ${sine.toString()};
     export { write as Sine };`,
  );
  const run = (...args: string[]) =>
    spawnSync(
      process.execPath,
      [
        ...startOf("pipeline/export/cli/main.ts"),
        join(folder, "model.json"),
        join(folder, "model.onnx"),
        ...args,
      ],
      { encoding: "utf8" },
    );
  const { status, stdout, stderr } = run("--layers", join(folder, "layers.mjs"), "--verify");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /\[3, 5, 2\] .* ok\n/);
  assert.deepEqual(
    new Uint8Array(readFileSync(join(folder, "model.onnx"))),
    convert(artifacts, { layers: { Sine: sine } }).onnx,
  );
  const absent = run("--layers", resolve(folder, "absent.mjs"));
  assert.equal(absent.status, 2);
  assert.match(absent.stderr, /absent\.mjs: the layers cannot be loaded: /);
});
