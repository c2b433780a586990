/** The linear model of who rated: what it is fitted to, how much it counts, and that the network does not see it. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createRandom } from "../../../../pipeline/common/random.ts";
import { encodedRatings, withRatings } from "../../../../pipeline/fit/prepare.ts";
import { fitHeadOf } from "../../../../pipeline/inputs/heads.ts";
import { buildTower } from "../../../../pipeline/model/build.ts";
import { groupNamed } from "../../../../pipeline/model/modelInputs.ts";
import { getWeights, setWeights, type Weights } from "../../../../pipeline/model/weights.ts";
import { startBackend } from "../../../../pipeline/train/backend.ts";
import { hasInput, towerInputs } from "../../../../pipeline/train/batches.ts";
import { towerLogits } from "../../../../pipeline/train/measure.ts";
import { trainTowers } from "../../../../pipeline/train/trainTowers.ts";
import { type Tiny, tiny } from "../../tinyModel.ts";

const LABELS = 3;
const small = tiny(60);
const { movies, source, parts, target, prior } = small;
const rated = movies.filter((movie) => hasInput(movie, source, "ratings"));
const D = source.inputs.ratings.userVectors.dimensions;

before(() => startBackend("wasm"));

function fitHead({ source: from }: Tiny): Promise<Weights | undefined> {
  const group = groupNamed(from.inputs, "ratings");
  return fitHeadOf(group)!(group, { source: from, movies: rated, target });
}

/** The linear model's deviations from the prior of a movie with this direction [L]. */
function linearLogits(weights: Weights, direction: Float32Array): number[] {
  const kernel = weights.get("ratings_linear/kernel")!;
  return Array.from(weights.get("ratings_linear/bias")!, (bias, label) =>
    direction.reduce((sum, value, k) => sum + value * kernel[k * LABELS + label]!, bias),
  );
}

test("the head is the regularised logistic regression on directions: its gradient is 0", async () => {
  const weights = (await fitHead(small))!;
  const [, , directions] = towerInputs("ratings", rated, source) as Float32Array[];
  const kernel = weights.get("ratings_linear/kernel")!;
  const gradient = new Float64Array(kernel.length);
  for (const [i, { target: truth }] of rated.entries()) {
    const direction = directions!.subarray(i * D, (i + 1) * D);
    assert.ok(Math.abs(Math.hypot(...direction) - 1) < 1e-5, `length ${Math.hypot(...direction)}`);
    for (const [label, logit] of linearLogits(weights, direction).entries()) {
      const residual = 1 / (1 + Math.exp(-logit - prior[label]!)) - truth[label]!;
      for (let k = 0; k < D; k++) gradient[k * LABELS + label]! += 4 * residual * direction[k]!;
    }
  }
  for (const [i, value] of kernel.entries()) {
    assert.ok(Math.abs(gradient[i]! + value) < 1e-3, `${i}: ${gradient[i]! + value}`);
  }
  assert.ok(Math.hypot(...kernel) > 1);
});

test("the tower's logits move towards it by 0.3 from 5 ratings on, by less below, not at 1", async () => {
  const head = (await fitHead(small))!;
  const tower = buildTower("ratings", parts, createRandom(1));
  const most = rated.toSorted(
    (a, b) => encodedRatings(b, "ratings").users.length - encodedRatings(a, "ratings").users.length,
  )[0]!;
  assert.ok(encodedRatings(most, "ratings").users.length > 5);
  const some = [1, 2, 5, 6].map((n) =>
    withRatings(
      most,
      "ratings",
      Uint32Array.from({ length: n }, (_, i) => i),
    ),
  );
  const network = await towerLogits(tower, "ratings", some, source, LABELS);
  setWeights(tower, head, "partial");
  const both = await towerLogits(tower, "ratings", some, source, LABELS);
  const [, , directions] = towerInputs("ratings", some, source) as Float32Array[];
  const shares = [0, (0.3 * Math.log(2)) / Math.log(5), 0.3, 0.3];
  for (const [i, share] of shares.entries()) {
    const linear = linearLogits(head, directions!.subarray(i * D, (i + 1) * D));
    for (const [label, logit] of linear.entries()) {
      const at = i * LABELS + label;
      const expected = (1 - share) * network[at]! + share * logit;
      assert.ok(Math.abs(both[at]! - expected) < 1e-5, `${i}, ${label}: ${both[at]}, ${expected}`);
    }
  }
  tower.dispose();
});

test("with a share of 0 there is no linear model; the network has the same bits in any case", async () => {
  const trainedWith = async (linear: number) => {
    const other = tiny(60, { ratings: { linear, epochs: 2 }, train: { optimizer: "sgd" } });
    const { weights } = await trainTowers({
      config: other.config,
      fitted: { training: other.movies.slice(0, 50), validation: [], target },
      parts: { ...other.parts, inputs: { ratings: other.parts.inputs.ratings } },
      source: { ...other.source, inputs: { ratings: other.source.inputs.ratings } },
      heldOut: other.movies.slice(50),
      learnFrom: 0,
      random: createRandom(3),
    });
    return weights;
  };
  const [without, beside] = [await trainedWith(0), await trainedWith(0.3)];
  assert.equal(await fitHead(tiny(60, { ratings: { linear: 0 } })), undefined);
  assert.deepEqual(
    [...beside.keys()].filter((name) => !without.has(name)),
    ["ratings_linear/kernel", "ratings_linear/bias", "ratings_linear_share/kernel"],
  );
  for (const [name, values] of without) assert.deepEqual(beside.get(name), values, name);
  assert.deepEqual([...beside.get("ratings_linear_share/kernel")!], [Math.fround(0.3), 0, 0]);
  assert.ok(Math.hypot(...beside.get("ratings_linear/kernel")!) > 1);
});

test("weights of an untrained tower leave it to the network", async () => {
  const tower = buildTower("ratings", parts, createRandom(1));
  const weights = await getWeights(tower);
  assert.ok(weights.get("ratings_linear/kernel")!.every((value) => value === 0));
  assert.ok(weights.get("ratings_linear_share/kernel")!.every((value) => value === 0));
  tower.dispose();
});
