/** The training loop on tiny towers: it learns, is reproducible, stops early, and reports errors. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "../../../pipeline/common/random.ts";
import { buildTower } from "../../../pipeline/model/build.ts";
import { getWeights, setWeights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { hasInput } from "../../../pipeline/train/batches.ts";
import { towerLogits } from "../../../pipeline/train/measure.ts";
import type { EpochRecord, StepProgress } from "../../../pipeline/train/records.ts";
import { trainTower } from "../../../pipeline/train/train.ts";
import { meanOfKnown, perItemAveragePrecision } from "../../../predictor/metrics.ts";
import { INPUT_NAMES, type InputName } from "../../../predictor/movie.ts";
import { type Tiny, tiny } from "../tinyModel.ts";

before(async () => {
  await startBackend("wasm");
});

/** Trains one tower on the first 40 movies and validates on the others. */
async function train(
  input: InputName,
  data: Tiny,
  seed = 1,
  use: "validation" | "monitored" | "nothing" = "validation",
) {
  const random = createRandom(seed);
  const model = buildTower(input, data.parts, random.fork("weights"));
  const initial = await getWeights(model);
  const steps: StepProgress[] = [];
  const epochs: EpochRecord[] = [];
  const result = await trainTower(model, {
    input,
    config: data.config,
    source: data.source,
    training: data.movies.slice(0, 40),
    validation: use === "validation" ? data.movies.slice(40) : [],
    monitored: use === "monitored" ? data.movies.slice(40) : undefined,
    target: data.target,
    random,
    onStep: (step) => steps.push(step),
    onEpoch: (epoch) => void epochs.push(epoch),
  });
  return { model, initial, result, steps, epochs };
}

/** mAP@5 on the validation movies that have the input. */
async function validation(model: Parameters<typeof towerLogits>[0], input: InputName, data: Tiny) {
  const movies = data.movies.slice(40).filter((movie) => hasInput(movie, data.source, input));
  const scores = await towerLogits(model, input, movies, data.source, 3);
  for (let at = 0; at < scores.length; at++) scores[at]! += data.prior[at % 3]!;
  const targets = Uint8Array.from(movies.flatMap(({ target }) => [...target]));
  return meanOfKnown(perItemAveragePrecision(scores, targets, 3, 5));
}

for (const input of INPUT_NAMES) {
  test(`the ${input} tower learns, and its best weights have the recorded score`, async () => {
    const data = tiny();
    const { model, result, initial, steps, epochs } = await train(input, data);
    const { history, bestEpoch, weights } = result;
    assert.deepEqual(epochs, history);
    assert.deepEqual(
      history.map(({ epoch }) => epoch),
      history.map((_, i) => i + 1),
    );
    assert.ok(history.at(-1)!.loss < 0.75 * history[0]!.loss, `${history.map((r) => r.loss)}`);
    const best = history[bestEpoch - 1]!;
    assert.ok(best.validation > 0.95, `mAP@5 ${best.validation}`);
    assert.equal(best.validation, Math.max(...history.map((r) => r.validation)));

    const total = steps.length;
    assert.deepEqual(
      steps.map(({ done }) => done),
      steps.map((_, i) => i + 1),
    );
    assert.ok(steps.every((step) => step.total === steps[0]!.total && step.total >= total));

    setWeights(model, initial);
    assert.ok((await validation(model, input, data)) < best.validation);
    setWeights(model, weights);
    assert.equal(await validation(model, input, data), best.validation);
  });
}

for (const input of INPUT_NAMES) {
  test(`${input}: equal seeds give equal bits, other seeds others`, async () => {
    const data = tiny(60, { [input]: { epochs: 2 } });
    const [one, two, three] = [
      await train(input, data, 1),
      await train(input, data, 1),
      await train(input, data, 2),
    ];
    assert.deepEqual(one.result.weights, two.result.weights);
    const losses = ({ steps }: typeof one) => steps.map(({ loss }) => loss);
    assert.deepEqual(losses(one), losses(two));
    assert.notDeepEqual(losses(one), losses(three));
    assert.notDeepEqual(one.result.weights, three.result.weights);
  });
}

test("training stops when validation no longer improves, and returns the best epoch's weights", async () => {
  const data = tiny(60, { title: { epochs: 60, learningRate: 0.05 }, train: { patience: 3 } });
  const { model, result } = await train("title", data);
  const { history, bestEpoch, weights } = result;
  assert.ok(history.length < 60, "did not stop");
  assert.equal(history.length, bestEpoch + 3);
  for (const { validation } of history.slice(bestEpoch)) {
    assert.ok(validation <= history[bestEpoch - 1]!.validation + 1e-6);
  }
  setWeights(model, weights);
  assert.equal(await validation(model, "title", data), history[bestEpoch - 1]!.validation);
});

test("without validation movies, the last epoch is used, and scores are NaN", async () => {
  const { result, model } = await train(
    "ratings",
    tiny(60, { ratings: { epochs: 3 } }),
    1,
    "nothing",
  );
  assert.equal(result.bestEpoch, 3);
  for (const { validation, validationLoss } of result.history) {
    assert.deepEqual([validation, validationLoss], [Number.NaN, Number.NaN]);
  }
  // Averaging is on: the result is the averaged weights, not those of the last step.
  assert.notDeepEqual(result.weights, await getWeights(model));
  assert.deepEqual([...result.weights.keys()], [...(await getWeights(model)).keys()]);
});

test("movies that are only monitored are measured, and change neither the weights nor their epoch", async () => {
  // Trained for too long: the best epoch of the monitored movies is not the last one.
  const data = tiny(60, { title: { epochs: 12, learningRate: 0.05 }, train: { patience: 3 } });
  const monitored = await train("title", data, 1, "monitored");
  const { history, weights } = monitored.result;
  assert.equal(history.length, 12);
  assert.equal(monitored.result.bestEpoch, 12);
  assert.deepEqual(weights, (await train("title", data, 1, "nothing")).result.weights);
  const scores = history.map((record) => record.validation);
  assert.ok(
    Math.max(...scores) > scores.at(-1)! || scores.indexOf(scores.at(-1)!) < 11,
    `${scores}`,
  );

  setWeights(monitored.model, weights);
  assert.equal(await validation(monitored.model, "title", data), scores.at(-1));
  const held = data.movies.slice(40).filter((movie) => hasInput(movie, data.source, "title"));
  const logits = await towerLogits(monitored.model, "title", held, data.source, 3);
  let sum = 0;
  for (const [i, logit] of logits.entries()) {
    const z = logit + data.prior[i % 3]!;
    const isTrue = held[Math.floor(i / 3)]!.target[i % 3] === 1;
    sum += Math.log1p(Math.exp(isTrue ? -z : z));
  }
  const last = history.at(-1)!;
  assert.ok(Math.abs(sum / logits.length - last.validationLoss) < 1e-5, `${last.validationLoss}`);
});

test("without movies that have the input, the tower keeps its initial weights", async () => {
  const data = tiny();
  const movies = data.movies.map((movie) => ({ ...movie, images: {} }));
  const { result, initial, steps } = await train("poster", { ...data, movies });
  assert.deepEqual([result.history, result.bestEpoch, steps], [[], 0, []]);
  assert.deepEqual(result.weights, initial);
});

test("a loss that is not finite is an error with the tower, the epoch and the flag to change", async () => {
  const data = tiny(60, { ratings: { learningRate: 1e38 } });
  await assert.rejects(
    train("ratings", data),
    /^Error: the ratings tower's loss became (NaN|Infinity) in epoch 1; lower --ratings-learning-rate \(now 1e\+38\)$/,
  );
});

test("logits are zero for movies without the input, and do not depend on the batch for others", async () => {
  const data = tiny();
  const model = buildTower("poster", data.parts, createRandom(1));
  const all = await towerLogits(model, "poster", data.movies, data.source, 3);
  for (const [i, movie] of data.movies.entries()) {
    const own = all.subarray(i * 3, i * 3 + 3);
    if (!hasInput(movie, data.source, "poster")) assert.deepEqual([...own], [0, 0, 0]);
    else {
      const alone = await towerLogits(model, "poster", [movie], data.source, 3);
      for (const [l, value] of own.entries()) assert.ok(Math.abs(value - alone[l]!) < 1e-5);
      assert.ok(own.some((value) => value !== 0));
    }
  }
});

test("logits of movies with thousands of labels are computed for fewer movies at once", async () => {
  const data = tiny();
  const model = buildTower("title", data.parts, createRandom(1));
  const sizes: number[] = [];
  const apply = model.apply.bind(model);
  model.apply = (inputs, options) => {
    sizes.push((inputs as tf.Tensor[])[0]!.shape[0]!);
    return apply(inputs, options);
  };
  const expected = await towerLogits(model, "title", data.movies, data.source, 3);
  assert.deepEqual(sizes.splice(0), [data.movies.length]);
  // As many labels as leave room for 7 movies; the model has only three of them.
  const tokens = data.movies[0]!.features.title.tokens.length;
  const target = new Uint8Array(Math.floor(2 ** 24 / tokens / 7));
  const movies = data.movies.map((movie) => ({ ...movie, target }));
  assert.deepEqual(await towerLogits(model, "title", movies, data.source, 3), expected);
  assert.ok(sizes.every((size) => size <= 7) && sizes.length > 1, sizes.join(" "));
});

test("training does not leak tensors", async () => {
  const data = tiny(60, { poster: { epochs: 2 } });
  const before = tf.memory().numTensors;
  const { model } = await train("poster", data);
  model.dispose();
  assert.equal(tf.memory().numTensors, before);
});

test("of a number, the tower learns deviations, and its best epoch has the smallest error", async () => {
  const labelled = tiny(60, { title: { epochs: 12 } });
  const range = { mean: 100, std: 30, min: 40, max: 160 };
  const target = { type: "number" as const, outputs: ["price"], prior: new Float32Array(1), range };
  // Comedies are dear, all others are cheap.
  const movies = labelled.movies.map((movie) => {
    const deviation = movie.target[1] ? 1 : -1;
    const source = { ...movie.source, value: range.mean + range.std * deviation };
    return { ...movie, source, target: Float32Array.of(deviation) };
  });
  const config = { ...labelled.config, train: { ...labelled.config.train, loss: "huber" } };
  const parts = { ...labelled.parts, labels: 1, target };
  const data = { ...labelled, config, movies, target, parts };
  const { model, result } = await train("title", data);
  const { history, bestEpoch } = result;
  assert.ok(history.every(({ metric }) => metric === "MAE"));
  const errors = history.map(({ validation }) => validation);
  assert.equal(errors[bestEpoch - 1], Math.min(...errors));
  assert.ok(Math.max(...errors) - Math.min(...errors) > 1, "in the unit of the value");
  setWeights(model, result.weights);
  const held = movies.slice(40).filter((movie) => hasInput(movie, data.source, "title"));
  const logits = await towerLogits(model, "title", held, data.source, 1);
  const error = logits.reduce((sum, z, i) => sum + 30 * Math.abs(z - held[i]!.target[0]!), 0);
  assert.ok(Math.abs(error / held.length - errors[bestEpoch - 1]!) < 1e-3);
});
