/**
 * The fixtures of Keras 3: each is a model that Keras 3.15 saved (as .h5 and as .keras) and the code of tensorflowjs 4.22
 * converted, with inputs and the outputs of its predict(). Initializers and the like are left out of all but two.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LayersArtifacts } from "../../../pipeline/export/convert.ts";
import type { Feed } from "./parity.ts";

interface Fixture {
  modelTopology: unknown;
  weightSpecs: LayersArtifacts["weightSpecs"];
  /** base64 */
  weightData: string;
  inputs: Feed[];
  outputs: Feed[];
}

const namesIn = (folder: string) =>
  readdirSync(join(import.meta.dirname, folder)).map((file) => file.replace(".json", ""));

export const KERAS3 = namesIn("keras3");
/**
 * Functions of TensorFlow between layers, and other things that TensorFlow.js does not read, with the outputs of Keras
 * 2.15, the last Keras 2; `nodes` holds the operators'
 * nodes that TensorFlow 2.3 and older write, which 2.15 still does without eager execution.
 */
export const KERAS2 = namesIn("keras2");

export const readKeras3 = (name: string) => read("keras3", name);
export const readKeras2 = (name: string) => read("keras2", name);

function read(folder: string, name: string): { artifacts: LayersArtifacts; fixture: Fixture } {
  const path = join(import.meta.dirname, folder, `${name}.json`);
  const fixture = JSON.parse(readFileSync(path, "utf8")) as Fixture;
  const { modelTopology, weightSpecs } = fixture;
  const weightData = new Uint8Array(Buffer.from(fixture.weightData, "base64"));
  return { artifacts: { modelTopology, weightSpecs, weightData }, fixture };
}
