/** Towers of declared inputs: two texts, each trained by its own options, without image and ratings. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { snapColumns } from "../../../pipeline/fit/grid.ts";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import { buildInferenceModel, graphOutputs } from "../../../pipeline/model/build.ts";
import { exportGraph } from "../../../pipeline/model/exportGraph.ts";
import { fusionWeights } from "../../../pipeline/model/fusion.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { fitGates } from "../../../pipeline/train/gates.ts";
import { inputsToLeaveOut } from "../../../pipeline/train/leftOut.ts";
import { trainTowers } from "../../../pipeline/train/trainTowers.ts";
import { checkParity } from "../../../pipeline/verify/parity.ts";
import { tiny } from "../tinyModel.ts";

before(() => startBackend("wasm"));

const { config, movies, parts, source, spec, prior, target } = tiny(60);
const { title } = parts.inputs;
const untitled = { words: [], tokens: new Int32Array(15) };
const texts = {
  name: { ...title, options: { ...title.options, epochs: 3 } },
  details: { ...title, options: { ...title.options, encoder: "linear" as const } },
};
const specs = { name: spec.title, details: spec.title };

/** Items with both texts, or one of them; every text of a movie is about its kind. */
const items = movies.map(({ features, ...movie }, i): EncodedMovie => {
  const other = movies[(i + 2) % movies.length]!.features.title;
  return {
    ...movie,
    images: {},
    ratingsInputs: [],
    features: {
      name: i % 5 === 0 ? untitled : features.title,
      details: i % 7 === 3 ? untitled : other,
    },
  };
});
const withoutDetails = (movie: EncodedMovie) => ({
  ...movie,
  features: { ...movie.features, details: untitled },
});

test("two texts are two towers, whose logits and gates need no amounts, and one graph", async () => {
  const heldOut = items.slice(40);
  const whole = {
    parts: { inputs: texts, labels: 3, target },
    source: { ...source, inputs: texts },
  };
  const trained = await trainTowers({
    config,
    fitted: { training: items.slice(0, 40), validation: heldOut, target },
    ...whole,
    heldOut,
    learnFrom: 10,
    random: createRandom(3),
  });
  assert.deepEqual(
    trained.towers.map(({ tower, history }) => [tower, history.length]),
    [
      ["name", 3],
      ["details", 1],
    ],
  );
  const { groups, logits, presence, amounts, targets } = trained.heldOut;
  assert.deepEqual(groups, ["name", "details"]);
  assert.deepEqual([...amounts.values], []);
  for (const i of heldOut.keys()) {
    const has = [(40 + i) % 5 !== 0, (40 + i) % 7 !== 3];
    assert.deepEqual([...presence.subarray(2 * i, 2 * i + 2)], has.map(Number));
    for (const [m, there] of has.entries()) {
      const own = logits[m]!.subarray(3 * i, 3 * i + 3);
      assert.equal(
        own.some((value) => value !== 0),
        there,
        `${groups[m]} of ${i}`,
      );
    }
  }
  // Movies without ratings have no fewer of them.
  assert.deepEqual([...trained.fewer.presence], []);

  const gates = fitGates({ logits, presence, amounts, targets, target });
  assert.deepEqual([gates.kernel.length, gates.bias.length], [4, 2]);
  const weights = new Map([...trained.weights, ...fusionWeights(prior, gates)]);
  const model = buildInferenceModel(whole.parts, weights);
  assert.deepEqual(model.inputNames, ["name_tokens", "details_tokens"]);
  const dataset = { name: "texts", synthetic: true };
  const { onnx } = await exportGraph(model, whole.parts, dataset, "fp32");
  const session = await openSession(onnx, { threads: 1 });
  const { outputs } = await checkParity({
    model,
    run: session.run,
    outputNames: graphOutputs(whole.parts),
    movies: items,
    posters: source.posters,
    spec: specs,
    tolerance: 1e-5,
  });
  assert.deepEqual(
    outputs.map(({ name }) => name),
    ["probabilities", "name_attention", "details_attention", "modality_weights"],
  );
  await session.close();
});

test("logits of the training items are those of the same items held out, and change no other", async () => {
  const training = items.slice(0, 40);
  const train = (heldOut: readonly EncodedMovie[], scoreTraining: boolean) =>
    trainTowers({
      config,
      fitted: { training, validation: [], target },
      parts: { inputs: texts, labels: 3, target },
      source: { ...source, inputs: texts },
      heldOut,
      learnFrom: 0,
      scoreTraining,
      random: createRandom(3),
    });
  const scored = await train(items.slice(40), true);
  const plain = await train([...training], false);
  assert.deepEqual(scored.training, plain.heldOut);
  assert.deepEqual(scored.weights, plain.weights);
  assert.equal(plain.training, undefined);
});

test("rounded kernels are those that were trained, and what is learned later sees them", async () => {
  // 5 dimensions and 3 statistics, by 160 units.
  const wide = tiny(60, { ratings: { units: 160, linear: 0, epochs: 2 } });
  const ratings = { ratings: wide.parts.inputs.ratings };
  const train = (kept: "float32" | "int8") =>
    trainTowers({
      config: { ...wide.config, weights: kept },
      fitted: { training: wide.movies.slice(0, 40), validation: [], target: wide.target },
      parts: { ...wide.parts, inputs: ratings },
      source: { ...wide.source, inputs: ratings },
      heldOut: wide.movies.slice(40),
      learnFrom: 0,
      random: createRandom(3),
    });
  const [plain, rounded] = [await train("float32"), await train("int8")];
  const [kernel, other] = ["ratings_dense/kernel", "ratings_logits/kernel"];
  const expected = plain.weights.get(kernel)!.slice();
  snapColumns(expected, 160);
  assert.deepEqual(rounded.weights.get(kernel), expected);
  assert.deepEqual(rounded.weights.get(other), plain.weights.get(other));
  const [before, after] = [plain.heldOut.logits[0]!, rounded.heldOut.logits[0]!];
  assert.notDeepEqual(after, before);
  for (const [i, logit] of after.entries()) assert.ok(Math.abs(logit - before[i]!) < 0.05);
});

test("a text that no item has, or that is always the same, is left out by its name", () => {
  const others = { ...source, inputs: texts };
  assert.deepEqual(inputsToLeaveOut(items, others), []);
  const silent = inputsToLeaveOut(items.map(withoutDetails), others);
  assert.deepEqual(
    silent.map(({ input }) => input),
    ["details"],
  );
  assert.match(silent[0]!.reason, /no training movie has .*details/);
  const single = inputsToLeaveOut([items[1]!, ...items.slice(2).map(withoutDetails)], others);
  assert.match(single[0]!.reason, /only one training movie has .*details/);
  const { details } = items[1]!.features;
  const same = items.map((movie) => ({ ...movie, features: { ...movie.features, details } }));
  assert.deepEqual(
    inputsToLeaveOut(same, others).map(({ input }) => input),
    ["details"],
  );
  assert.match(
    inputsToLeaveOut(same, others)[0]!.reason,
    /details is the same for all 60 training movies/,
  );
});
