/** The graphs that are compared: the published model, a MobileNet and an LSTM. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as tfl from "@tensorflow/tfjs-layers";
import { convert } from "../../../pipeline/export/convert.ts";
import { parseManifest } from "../../../predictor/manifest.ts";
import { mobileNet } from "../../../test/pipeline/export/mobileNet.ts";
import { artifactsOf, seedWeights } from "../../../test/pipeline/export/parity.ts";
import type { BenchModel } from "./feeds.ts";

/** Share of the MobileNet's channels: random weights cannot be compressed, and a pack has to be small. */
const WIDTH = 0.5;
const STEPS = 64;
const FEATURES = 32;
const UNITS = 128;

/** Two layers, in the form that our own encoders have: sigmoid gates. */
function lstm(): tfl.LayersModel {
  // The weights are drawn again: an orthogonal start would take minutes.
  const options = {
    units: UNITS,
    recurrentActivation: "sigmoid",
    recurrentInitializer: "zeros",
  } as const;
  return tfl.sequential({
    name: "lstm",
    layers: [
      tfl.layers.lstm({ ...options, returnSequences: true, inputShape: [STEPS, FEATURES] }),
      tfl.layers.lstm(options),
      tfl.layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
}

async function converted(name: string, model: tfl.LayersModel): Promise<BenchModel> {
  seedWeights(model, 1);
  const { onnx, inputs } = convert(await artifactsOf(model));
  model.dispose();
  return {
    name,
    onnx,
    inputs: inputs.map(({ name, shape }) => ({
      name,
      type: "float32",
      shape: shape.map((size) => size ?? "batch"),
    })),
  };
}

/** @param folder The published model's. tfjs needs a backend. */
export async function buildModels(folder: string): Promise<BenchModel[]> {
  const manifest = parseManifest(await readFile(join(folder, "manifest.json"), "utf8"));
  const onnx = await readFile(join(folder, "model.onnx"));
  return [
    { name: "ml1m", inputs: manifest.graph.inputs, onnx },
    await converted("mobilenet", mobileNet(224, WIDTH)),
    await converted("lstm", lstm()),
  ];
}
