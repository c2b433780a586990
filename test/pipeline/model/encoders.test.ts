/** Every title encoder and attention: trained briefly, exported, and independent of padding. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createRandom } from "../../../pipeline/common/random.ts";
import { buildTower } from "../../../pipeline/model/build.ts";
import { getWeights, setWeights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { fitAtOnce } from "../../../pipeline/train/fitAtOnce.ts";
import { fitLinearText } from "../../../pipeline/train/linearText.ts";
import { towerLogits } from "../../../pipeline/train/measure.ts";
import { forward } from "../../../pipeline/train/step.ts";
import { type TrainOptions, trainTower } from "../../../pipeline/train/train.ts";
import type { TextFeatures } from "../../../predictor/inputs/text.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import { tiny, withoutYear } from "../tinyModel.ts";
import { exported } from "./wholeModel.ts";

before(async () => {
  await startBackend("wasm");
});

const ENCODERS = ["bag", "rnn", "lstm", "gru"] as const;
const ATTENTIONS = ["none", "bahdanau", "luong-dot", "luong-general", "luong-concat"] as const;
const CASES = [
  ...ENCODERS.map((encoder) => ({ encoder, bidirectional: false, attention: "none" })),
  ...(["rnn", "lstm"] as const).map((encoder) => ({
    encoder,
    bidirectional: true,
    attention: "bahdanau",
  })),
  ...ATTENTIONS.slice(1).map((attention) => ({ encoder: "bag", bidirectional: false, attention })),
  ...ATTENTIONS.map((attention) => ({ encoder: "gru", bidirectional: true, attention })),
];

for (const title of CASES) {
  const name = `${title.bidirectional ? "bidirectional " : ""}${title.encoder}, attention ${title.attention}`;

  test(`${name}: learns, and the exported graph computes the same`, async () => {
    const small = tiny(40, { title: { ...title, units: 5, epochs: 4 } });
    const model = buildTower("title", small.parts, createRandom(2));
    const losses: number[] = [];
    await trainTower(model, {
      input: "title",
      config: small.config,
      source: small.source,
      training: small.movies,
      validation: [],
      target: small.target,
      random: createRandom(3),
      onEpoch: ({ loss }) => losses.push(loss),
    });
    assert.ok(losses.at(-1)! < 0.9 * losses[0]!, `${losses}`);
    model.dispose();

    const { title_attention: attention } = await exported(small);
    const [movies, words] = attention!.dims as [number, number];
    const encoder = createMovieEncoder(small.spec);
    for (let i = 0; i < movies; i++) {
      const shares = [...attention!.data.subarray(i * words, (i + 1) * words)];
      const there = encoder.encode({ title: small.movies[i]!.source.values.title }).title.words
        .length;
      const sum = shares.reduce((total, share) => total + share, 0);
      assert.ok(Math.abs(sum - 1) < 1e-5, `${shares}`);
      assert.ok(shares.every((share, w) => (w < there ? share > 0 : share === 0)));
    }
  });
}

test("recurrent layers are made without a warning of tfjs, and their weights are drawn", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  for (const encoder of ["rnn", "lstm", "gru"]) {
    const model = buildTower(
      "title",
      tiny(12, { title: { encoder, units: 64 } }).parts,
      createRandom(2),
    );
    const kernels = [...(await getWeights(model))].filter(([name]) => /recurrent/.test(name));
    assert.equal(kernels.length, 1, encoder);
    assert.ok(kernels[0]![1].some((value) => value !== 0));
    model.dispose();
  }
  assert.equal(warn.mock.callCount(), 0, String(warn.mock.calls[0]?.arguments));
});

for (const encoder of ["rnn", "lstm", "gru"]) {
  test(`${encoder}, both directions: padding after a title's last word has no effect`, async () => {
    const logits = async (maxWords: number, given?: Map<string, Float32Array>) => {
      const title = { encoder, bidirectional: true, attention: "luong-dot", units: 4, maxWords };
      const small = tiny(12, { title });
      const model = buildTower("title", small.parts, createRandom(2));
      if (given) setWeights(model, given);
      const weights = await getWeights(model);
      const found = await towerLogits(model, "title", small.movies, small.source, 3);
      model.dispose();
      return { weights, found };
    };
    const { weights, found: short } = await logits(3);
    const { found: long } = await logits(9, weights);
    assert.ok(short.some((value) => Math.abs(value) > 1e-3));
    for (const [i, value] of short.entries()) assert.ok(Math.abs(value - long[i]!) < 1e-6);
  });
}

const ALONE = [
  ...ENCODERS.flatMap((encoder) =>
    ["none", "bahdanau"].map((attention) => ({ encoder, attention })),
  ),
  { encoder: "linear", attention: "none" },
];

for (const title of ALONE) {
  test(`${title.encoder}, attention ${title.attention}: a text without a number beside it is learned, exported, and absent without words`, async () => {
    const { movies, ...small } = withoutYear(
      tiny(40, { title: { ...title, units: 5, epochs: 4 } }),
    );
    const model = buildTower("title", small.parts, createRandom(2));
    assert.deepEqual(model.inputNames, ["title_tokens"]);
    assert.ok(model.layers.every(({ name }) => name.startsWith("title_")));
    const fitTower =
      title.encoder === "linear"
        ? (tower: LayersModel, options: TrainOptions) => fitAtOnce(tower, fitLinearText, options)
        : trainTower;
    const { history, weights } = await fitTower(model, {
      input: "title",
      config: small.config,
      source: small.source,
      training: movies,
      validation: movies,
      target: small.target,
      random: createRandom(3),
    });
    assert.ok(history.at(-1)!.validation > 0.9, `mAP@5 ${history.at(-1)!.validation}`);
    setWeights(model, weights);
    const { tokens } = movies[0]!.features.title as TextFeatures;
    const noWords = { words: [], tokens: new Int32Array(tokens.length) };
    const logits = await forward(model, [Int32Array.of(...tokens, ...noWords.tokens)]);
    assert.ok(logits.subarray(0, 3).every((value) => value !== 0));
    assert.deepEqual([...logits.subarray(3)].map(Math.abs), [0, 0, 0]);
    model.dispose();

    // The first movie's year is no reason for the tower to answer: it is not declared.
    const [first, ...others] = movies;
    const silent = { ...first!, features: { ...first!.features, year: 1999, title: noWords } };
    const outputs = await exported({ ...small, movies: [silent, ...others] });
    const words = small.config.title.maxWords!;
    const gates = outputs.modality_weights!.data as Float32Array;
    const attention = outputs.title_attention!.data as Float32Array;
    for (const i of movies.keys()) {
      const sum = attention.subarray(i * words, (i + 1) * words).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - Number(i > 0)) < 1e-5, `attention of ${i}: ${sum}`);
      assert.equal(gates[i * 3] !== 0, i > 0, `gate of ${i}`);
    }
  });
}

test("every encoder has the same initial weights for the same seed", async () => {
  for (const title of CASES) {
    const { parts } = tiny(20, { title: { ...title, units: 8 } });
    const [a, b, other] = await Promise.all(
      [1, 1, 2].map((seed) => getWeights(buildTower("title", parts, createRandom(seed)))),
    );
    assert.deepEqual(a, b, JSON.stringify(title));
    for (const [name, values] of a!) {
      if (/kernel|embeddings/.test(name) && !name.startsWith("year")) {
        assert.notDeepEqual(values, other!.get(name), `${name} of ${JSON.stringify(title)}`);
      }
    }
  }
});

test("training does not leak tensors", async () => {
  const small = tiny(20, { title: { encoder: "lstm", bidirectional: true, epochs: 1 } });
  const count = async () => {
    const model = buildTower("title", small.parts, createRandom(2));
    await trainTower(model, {
      input: "title",
      config: small.config,
      source: small.source,
      training: small.movies,
      validation: [],
      target: small.target,
      random: createRandom(3),
    });
    model.dispose();
    return tf.memory().numTensors;
  };
  assert.equal(await count(), await count());
});
