/**
 * `node --import tsx bench/recurrentModels.ts --out FOLDER`: writes recurrent models with random weights, for
 * bench/tf2onnx.ts. Steps of 64 features or words of 64 numbers go into 64 units, over 50 steps.
 */
import "@tensorflow/tfjs-backend-cpu";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { random } from "../pipeline/export/verify/feeds.ts";

const STEPS = 50;
const WIDTH = 64;
const WORDS = 2000;
/** Weights are uniform between -LARGEST and LARGEST, so that some gates are saturated, as in trained models. */
const LARGEST = 0.5;

const L = tfl.layers;
type RecurrentActivation = "hardSigmoid" | "sigmoid";

/** What every recurrent layer here has; the default recurrent initialiser is slow, and its weights are replaced. */
const common = { units: WIDTH, recurrentInitializer: "glorotUniform" } as const;
const inputShape = [STEPS, WIDTH];

function text(layer: tfl.layers.Layer, maskZero = false): tfl.Sequential {
  const words = { inputDim: WORDS, outputDim: WIDTH, inputLength: STEPS, maskZero };
  const labels = L.dense({ units: 8, activation: "sigmoid" });
  return tfl.sequential({ layers: [L.embedding(words), layer, labels] });
}

/** The models that have gates, with one kind of these. */
function gated(recurrentActivation: RecurrentActivation): Record<string, () => tfl.Sequential> {
  const cell = { ...common, recurrentActivation };
  const sequences = { ...cell, returnSequences: true };
  const both = (layer: tfl.layers.Layer, shape?: number[]) =>
    L.bidirectional({
      layer: layer as tfl.RNN,
      mergeMode: "concat",
      ...(shape ? { inputShape: shape } : {}),
    });
  return {
    lstm: () => tfl.sequential({ layers: [L.lstm({ ...cell, inputShape })] }),
    gru: () => tfl.sequential({ layers: [L.gru({ ...cell, inputShape })] }),
    bilstm: () => tfl.sequential({ layers: [both(L.lstm(sequences), inputShape)] }),
    bigru: () => tfl.sequential({ layers: [both(L.gru(sequences), inputShape)] }),
    "two-lstm": () =>
      tfl.sequential({ layers: [L.lstm({ ...sequences, inputShape }), L.lstm(cell)] }),
    "text-bilstm": () => text(both(L.lstm(cell))),
    "text-lstm-masked": () => text(L.lstm(cell), true),
    "text-gru-masked": () => text(L.gru(cell), true),
  };
}

const withSuffix = (models: Record<string, () => tfl.Sequential>, suffix: string) =>
  Object.fromEntries(Object.entries(models).map(([name, make]) => [`${name}-${suffix}`, make]));

const MODELS: Readonly<Record<string, () => tfl.Sequential>> = {
  ...withSuffix(gated("hardSigmoid"), "hard"),
  ...withSuffix(gated("sigmoid"), "sigmoid"),
  simplernn: () => tfl.sequential({ layers: [L.simpleRNN({ ...common, inputShape })] }),
};

/** The model's files as `model.save` writes them, but with random weights. */
async function write(folder: string, model: tfl.Sequential): Promise<void> {
  const next = random(5);
  for (const weight of model.weights) {
    const shape = weight.shape as number[];
    const values = Float32Array.from(
      { length: tf.util.sizeFromShape(shape) },
      () => (2 * next() - 1) * LARGEST,
    );
    weight.write(tf.tensor(values, shape));
  }
  await mkdir(folder, { recursive: true });
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
      const json = { format: "layers-model", modelTopology, weightsManifest };
      await writeFile(join(folder, "model.json"), JSON.stringify(json));
      const bytes = tf.io.CompositeArrayBuffer.join(weightData);
      await writeFile(join(folder, "weights.bin"), new Uint8Array(bytes));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
}

const program = {
  name: "node --import tsx bench/recurrentModels.ts",
  description: "Writes recurrent TensorFlow.js models with random weights, for bench/tf2onnx.ts.",
  schema: z.strictObject({ out: z.string().min(1).describe("folder for the models") }),
};

await runCommand(program, async ({ out }) => {
  for (const [name, make] of Object.entries(MODELS)) await write(join(out, name), make());
  return 0;
});
