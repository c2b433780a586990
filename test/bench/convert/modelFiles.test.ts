/** The benchmarks find graph models in folders, and read what users say about inputs. */

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  countNodes,
  findGraphModels,
  findModels,
  inputOptions,
  readArtifacts,
  readShapes,
  readValues,
} from "../../../bench/convert/modelFiles.ts";
import { convert } from "../../../pipeline/export/convert.ts";
import { folder } from "../../pipeline/dataset/folder.ts";
import { GraphWriter } from "../../pipeline/export/graph/graphs.ts";
import { weights } from "../../pipeline/export/graph/opCases.ts";

/** y = x + w, as a model.json with its weight file. */
async function writeModel(at: string): Promise<void> {
  const graph = new GraphWriter();
  graph.input("x", [-1, 3]);
  graph.constant("w", weights([3]));
  graph.node("AddV2", "y", ["x", "w"]);
  graph.output("y", "y");
  const { modelTopology, signature, weightSpecs, weightData } = graph.artifacts();
  const weightsManifest = [{ paths: ["group1.bin"], weights: weightSpecs }];
  await mkdir(at, { recursive: true });
  await writeFile(
    join(at, "model.json"),
    JSON.stringify({ format: "graph-model", modelTopology, signature, weightsManifest }),
  );
  const [bytes] = weightData as [ArrayBuffer];
  await writeFile(join(at, "group1.bin"), new Uint8Array(bytes));
}

test("graph models are found at any depth, by their paths from the common folder, and converted", async (t) => {
  const root = await folder(t, { "models/package.json": "{}", "models/notes.json": "not JSON" });
  await writeModel(join(root, "models/b/deep"));
  await writeModel(join(root, "models/a"));
  const found = findGraphModels([join(root, "models")]);
  assert.deepEqual(
    found.map(({ name }) => name),
    ["a/model.json", "b/deep/model.json"],
  );
  const alone = findGraphModels([join(root, "models/a/model.json"), join(root, "models/b")]);
  assert.deepEqual(
    alone.map(({ name }) => name),
    ["a/model.json", "b/deep/model.json"],
  );
  assert.equal(countNodes(found[0]!), 2, "the input and the sum");
  const artifacts = await readArtifacts(found[0]!);
  const shapes = readShapes(["x=7x3", "another=1x1"]);
  const inputs = inputOptions(artifacts, shapes);
  assert.deepEqual(inputs, { x: { shape: [7, 3] } });
  assert.deepEqual(convert(artifacts, { inputs }).inputs[0]?.shape, [7, 3]);
});

test("layers models are found beside graph models, as tfjs and tensorflowjs_converter write them", async (t) => {
  const sequential = { class_name: "Sequential", config: [] };
  const root = await folder(t, {
    "saved/model.json": JSON.stringify({ modelTopology: sequential }),
    "converted/model.json": JSON.stringify({ modelTopology: { model_config: sequential } }),
    "other/model.json": JSON.stringify({ modelTopology: { layers: 3 } }),
  });
  await writeModel(join(root, "graph"));
  assert.deepEqual(
    findModels([root]).map(({ kind, name }) => [kind, name]),
    [
      ["layers", "converted/model.json"],
      ["graph", "graph/model.json"],
      ["layers", "saved/model.json"],
    ],
  );
  assert.deepEqual(
    findGraphModels([root]).map(({ name }) => name),
    ["graph/model.json"],
  );
});

test("a path without models, one that does not exist, and texts of another form are refused", async (t) => {
  const root = await folder(t, { "package.json": "{}" });
  assert.throws(() => findGraphModels([root]), /models: there is no graph model/);
  assert.throws(() => findGraphModels([join(root, "none")]), /models: there is no .*none/);
  assert.deepEqual(
    readShapes(["ratio=", "a=1x2"]),
    new Map(Object.entries({ ratio: [], a: [1, 2] })),
  );
  assert.throws(() => readShapes(["a=1,2"]), /shapes: a=1,2 is not of the form/);
  assert.deepEqual(readValues(["ratio=0.5"]), new Map([["ratio", 0.5]]));
  assert.throws(() => readValues(["ratio=half"]), /values: ratio=half is not of the form/);
});
