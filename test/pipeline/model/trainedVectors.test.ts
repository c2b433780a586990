/** User vectors that are trained with the tower: what it sees, what changes, and what the graph has of them. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-layers";
import { createRandom } from "../../../pipeline/common/random.ts";
import { encodedRatings } from "../../../pipeline/fit/prepare.ts";
import { towerType } from "../../../pipeline/inputs/tower.ts";
import { buildTower } from "../../../pipeline/model/build.ts";
import { groupNamed } from "../../../pipeline/model/modelInputs.ts";
import { getWeights, setWeights, type Weights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { hasInput, towerInputs } from "../../../pipeline/train/batches.ts";
import { towerLogits } from "../../../pipeline/train/measure.ts";
import { forward } from "../../../pipeline/train/step.ts";
import { trainTowers } from "../../../pipeline/train/trainTowers.ts";
import { type Tiny, tiny } from "../tinyModel.ts";

const TABLE = "ratings_user_vectors/embeddings";
const common = { networks: 2, epochs: 3, bits: 5 };
const trained = tiny(40, { ratings: { ...common, vectorLearningRate: 0.01 } });
const fixed = tiny(40, { ratings: { ...common, linear: 0 } });
const rated = trained.movies.filter((movie) => hasInput(movie, trained.source, "ratings"));
const labels = trained.target.prior.length;

before(() => startBackend("wasm"));

function assertNear(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  const differences = actual.map((value, i) => Math.abs(value - expected[i]!));
  assert.ok(Math.max(...differences) < 1e-5, `${Math.max(...differences)}`);
}

function train({ config, parts, source, target, movies }: Tiny) {
  return trainTowers({
    ...{ config, heldOut: movies, learnFrom: 0, random: createRandom(3) },
    fitted: { training: movies, validation: [], target },
    parts: { ...parts, inputs: { ratings: parts.inputs.ratings } },
    source: { ...source, inputs: { ratings: source.inputs.ratings } },
  });
}

test("before training, the tower answers as one whose vectors are not trained", async () => {
  const [tower, other] = [trained, fixed].map(({ parts }) =>
    buildTower("ratings", parts, createRandom(5)),
  ) as [tf.LayersModel, tf.LayersModel];
  const weights = await getWeights(tower);
  assert.deepEqual(weights.get(TABLE), trained.source.inputs.ratings.userVectors.table);
  setWeights(other, weights);
  assertNear(
    await forward(tower, towerInputs("ratings", rated, trained.source)),
    await forward(other, towerInputs("ratings", rated, fixed.source)),
  );
});

/** Logits of the published graph's tower [movies, L]. */
async function graphLogits({ parts }: Tiny, weights: Weights): Promise<Float32Array> {
  const group = groupNamed(parts.inputs, "ratings");
  const { inputs, tower, weights: own = new Map() } = towerType(group).inGraph(group, labels);
  const model = tf.model({ inputs: [...inputs], outputs: tower.logits });
  setWeights(model, new Map([...own, ...weights]));
  const given = rated.map((movie) => encodedRatings(movie, "ratings"));
  const most = Math.max(...given.map(({ users }) => users.length));
  const padded = (rows: readonly ArrayLike<number>[]) =>
    rows.flatMap((row) => Array.from({ length: most }, (_, i) => row[i] ?? 0));
  const shape = [rated.length, most];
  const logits = model.predict([
    tensor(padded(given.map(({ users }) => users)), shape, "int32"),
    tensor(padded(given.map(({ stars }) => stars)), shape, "float32"),
  ]) as ReturnType<typeof tensor>;
  return logits.data<"float32">();
}

test("training changes them; the graph has them on their grid, and answers like the tower", async () => {
  const { weights, heldOut } = await train(trained);
  const before = trained.source.inputs.ratings.userVectors;
  const after = weights.get(TABLE)!;
  assert.ok(after.some((value, i) => Math.abs(value - before.table[i]!) > 0.01));
  for (let row = 0; row < after.length; row += before.dimensions) {
    const values = after.subarray(row, row + before.dimensions);
    const largest = Math.max(...values.map(Math.abs));
    if (largest === 0) continue;
    for (const value of values) {
      const code = (value / largest) * 15;
      assert.ok(Math.abs(code - Math.round(code)) < 1e-3, `${value} of ${largest}`);
    }
  }
  const tower = buildTower("ratings", trained.parts, createRandom(1));
  setWeights(tower, weights);
  assert.deepEqual(
    heldOut.logits[0],
    await towerLogits(tower, "ratings", trained.movies, trained.source, labels),
  );
  assertNear(
    await towerLogits(tower, "ratings", rated, trained.source, labels),
    await graphLogits(trained, weights),
  );
});

test("the table's steps have a size of their own; without, it stays, and the graph has what was fitted", async () => {
  const moved = async (vectorLearningRate: number) => {
    const data = tiny(40, {
      ratings: { ...common, epochs: 1, vectorLearningRate },
      train: { averaging: 0 },
    });
    const table = (await train(data)).weights.get(TABLE);
    const { table: before } = data.source.inputs.ratings.userVectors;
    return table && Math.hypot(...table.map((value, i) => value - before[i]!));
  };
  const [small, large] = [await moved(0.01), await moved(0.1)];
  assert.ok(small! > 0 && large! > 3 * small!, `${small}, ${large}`);
  assert.equal(await moved(0), undefined);
});
