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

const FOLDER = join(import.meta.dirname, "keras3");
export const KERAS3 = readdirSync(FOLDER).map((file) => file.replace(".json", ""));

export function readKeras3(name: string): { artifacts: LayersArtifacts; fixture: Fixture } {
  const fixture = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8")) as Fixture;
  const { modelTopology, weightSpecs } = fixture;
  const weightData = new Uint8Array(Buffer.from(fixture.weightData, "base64"));
  return { artifacts: { modelTopology, weightSpecs, weightData }, fixture };
}
