/** Several networks in a ratings tower: they learn apart, and their logits are averaged. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { tensor2d } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createRandom } from "../../../pipeline/common/random.ts";
import { targetsOf } from "../../../pipeline/fit/prepare.ts";
import { buildTower } from "../../../pipeline/model/build.ts";
import { getWeights, setWeights, type Weights } from "../../../pipeline/model/weights.ts";
import { createLoss } from "../../../pipeline/targets/loss.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { hasInput, towerInputs } from "../../../pipeline/train/batches.ts";
import { createOptimizer, isDecayed } from "../../../pipeline/train/optimizers.ts";
import { forward, trainableVariables, trainStep } from "../../../pipeline/train/step.ts";
import { trainTowers } from "../../../pipeline/train/trainTowers.ts";
import { tiny } from "../tinyModel.ts";

const NETWORKS = 3;
const STEPS = 4;
/** Dropout would draw other masks. */
const still = (networks: number) =>
  tiny(40, { ratings: { networks, dropout: 0, inputDropout: 0 }, train: { optimizer: "sgd" } });
const single = still(1);
const several = still(NETWORKS);
const movies = single.movies.filter((movie) => hasInput(movie, single.source, "ratings"));
const inputs = towerInputs("ratings", movies, single.source);

before(() => startBackend("wasm"));

const SUFFIX = /_(\d+)\/(kernel|bias)$/;
const SHARED = /linear/;

/** What a tower of one network has of a network, from 1. */
function weightsOf(weights: Weights, network: number): Weights {
  return new Map(
    [...weights].flatMap(([name, values]) =>
      SHARED.test(name) || Number(SUFFIX.exec(name)?.[1] ?? 1) === network
        ? [[name.replace(SUFFIX, "/$2"), values]]
        : [],
    ),
  );
}

/** @returns The losses of the steps. */
async function train(model: LayersModel, { config, target }: typeof single): Promise<number[]> {
  const prior = tensor2d([...target.prior], [1, target.prior.length]);
  const optimizer = createOptimizer(config.train, trainableVariables(model), 0.1, isDecayed);
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    losses.push(
      await trainStep({
        ...{ model, optimizer, inputs, prior, learningRate: 0.1, random: createRandom(1) },
        lossOf: createLoss(target, config.train, prior),
        targets: Float32Array.from(targetsOf(movies)),
      }),
    );
  }
  return losses;
}

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, expected.length, what);
  const differences = Array.from(actual, (value, i) => Math.abs(value - expected[i]!));
  assert.ok(Math.max(...differences) < 1e-5, `${what}: ${Math.max(...differences)}`);
}

test("each network learns what it would learn alone, and the tower answers with their mean", async () => {
  const tower = buildTower("ratings", several.parts, createRandom(5));
  const initial = await getWeights(tower);
  const losses = await train(tower, several);
  const trained = await getWeights(tower);
  const alone = buildTower("ratings", single.parts, createRandom(6));
  const meanLosses = new Float64Array(STEPS);
  const mean = new Float64Array(movies.length * single.target.prior.length);
  const kernels = new Set<number>();
  for (let network = 1; network <= NETWORKS; network++) {
    setWeights(alone, weightsOf(initial, network));
    const own = await train(alone, single);
    for (const [step, loss] of own.entries()) meanLosses[step]! += loss / NETWORKS;
    const learned = await getWeights(alone);
    for (const [name, values] of weightsOf(trained, network)) {
      assertNear(values, learned.get(name)!, `network ${network}, ${name}`);
    }
    for (const [i, logit] of (await forward(alone, inputs)).entries()) mean[i]! += logit / NETWORKS;
    kernels.add(learned.get("ratings_dense/kernel")![0]!);
  }
  assert.equal(kernels.size, NETWORKS, "they begin with weights of their own");
  assertNear(losses, meanLosses, "losses");
  assert.ok(losses.at(-1)! < losses[0]!, `${losses}`);
  assertNear(await forward(tower, inputs), mean, "logits");
});

test("networks draw dropout masks of their own", async () => {
  const { parts, config, target } = tiny(40, { ratings: { networks: 2, dropout: 0.5 } });
  const tower = buildTower("ratings", parts, createRandom(5));
  const weights = await getWeights(tower);
  for (const [name, values] of weights) {
    const first = weights.get(name.replace(SUFFIX, "/$2"));
    if (first) values.set(first);
  }
  setWeights(tower, weights);
  await train(tower, { ...single, config, target });
  const trained = await getWeights(tower);
  const [one, two] = ["", "_2"].map((suffix) => trained.get(`ratings_dense${suffix}/kernel`)!);
  assert.ok(one!.some((value, i) => value !== two![i]));
});

test("without a movie to train on, no network adds anything", async () => {
  const { config, parts, source, target } = several;
  const { weights } = await trainTowers({
    ...{ config, heldOut: movies, learnFrom: 0, random: createRandom(3) },
    fitted: { training: [], validation: [], target },
    parts: { ...parts, inputs: { ratings: parts.inputs.ratings } },
    source: { ...source, inputs: { ratings: source.inputs.ratings } },
  });
  const last = [...weights].filter(([name]) => name.startsWith("ratings_logits"));
  assert.equal(last.length, 2 * NETWORKS);
  for (const [name, values] of last) assert.deepEqual([...new Set(values)], [0], name);
});
