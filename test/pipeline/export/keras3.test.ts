/**
 * Files of Keras 3 against what Keras computed. Each fixture is a model that Keras 3.15 saved (as .h5 and as .keras) and
 * the code of tensorflowjs 4.22 converted, with inputs and the outputs of its predict().
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { convert, type LayersArtifacts } from "../../../pipeline/export/convert.ts";
import { checkWithPython, type Feed, hasChecker, runOnnx } from "./parity.ts";

interface Fixture {
  modelTopology: unknown;
  weightSpecs: LayersArtifacts["weightSpecs"];
  /** base64 */
  weightData: string;
  inputs: Feed[];
  outputs: Feed[];
}

const FOLDER = join(import.meta.dirname, "keras3");
const NAMES = readdirSync(FOLDER).map((file) => file.replace(".json", ""));

function read(name: string): { artifacts: LayersArtifacts; fixture: Fixture } {
  const fixture = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8")) as Fixture;
  const { modelTopology, weightSpecs } = fixture;
  const weightData = new Uint8Array(Buffer.from(fixture.weightData, "base64"));
  return { artifacts: { modelTopology, weightSpecs, weightData }, fixture };
}

const graphs = new Map<string, Uint8Array>();

for (const name of NAMES) {
  test(`${name} equals Keras`, async () => {
    const { artifacts, fixture } = read(name);
    const conversion = convert(artifacts);
    graphs.set(name, conversion.onnx);
    const actual = await runOnnx(conversion, fixture.inputs);
    assert.equal(actual.length, fixture.outputs.length);
    for (const [i, want] of fixture.outputs.entries()) {
      const got = actual[i] as Feed;
      assert.deepEqual([...got.shape], want.shape, conversion.outputs[i]?.name);
      for (const [k, value] of want.data.entries())
        assert.ok(
          Math.abs(Number(got.data[k]) - value) <= 1e-5 * Math.max(1, Math.abs(value)),
          `output ${i}[${k}]: onnx ${got.data[k]}, Keras ${value}`,
        );
    }
    const unused = conversion.warnings.filter((w) => !w.includes("/count"));
    assert.deepEqual(
      unused.filter((w) => !w.includes("normalization/vars/2")),
      [],
    );
  });
}

test("onnx.checker accepts every graph", {
  skip: !hasChecker() && "python3-onnx is not installed",
}, () => {
  assert.ok(graphs.size > 0);
  checkWithPython(graphs);
});
