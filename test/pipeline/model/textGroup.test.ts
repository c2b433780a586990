/** Texts that share a tower, which reads one after another: every encoder, in tfjs and exported. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import type { Value } from "../../../pipeline/dataset/dataset.ts";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import { specsOf } from "../../../pipeline/inputs/fit.ts";
import { type TextInput, text } from "../../../pipeline/inputs/text/fit.ts";
import { buildInferenceModel, buildTower, graphOutputs } from "../../../pipeline/model/build.ts";
import { exportGraph } from "../../../pipeline/model/exportGraph.ts";
import { fusionWeights } from "../../../pipeline/model/fusion.ts";
import { modelGroups } from "../../../pipeline/model/modelInputs.ts";
import { getWeights, setWeights } from "../../../pipeline/model/weights.ts";
import { fitLogistic } from "../../../pipeline/regression/logistic.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { towerInputs } from "../../../pipeline/train/batches.ts";
import { fitAtOnce } from "../../../pipeline/train/fitAtOnce.ts";
import { fitLinearText } from "../../../pipeline/train/linearText.ts";
import { towerLogits } from "../../../pipeline/train/measure.ts";
import { createItemEncoder } from "../../../predictor/item.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { sampleTarget } from "../../predictor/sampleManifest.ts";
import { contextOf } from "../inputs/fitContext.ts";
import { labelsTarget } from "../labelsTarget.ts";

before(() => startBackend("cpu"));

const DOCUMENTS = [
  ["Oil rises", "crude oil prices rise again", 0],
  ["Wheat falls", "wheat and corn prices fall", 1],
  ["Corn", "corn exports", 1],
  ["", "crude exports fall", 0],
  ["Oil", "", 0],
  ["Wheat rises", "wheat oil", 1],
] as const;
const LABELS = ["a", "b"];
const target = labelsTarget(LABELS);

/** Texts and their options as fitted to the documents, and the documents encoded. */
async function fitted(options: object = {}, weight?: number, group = "news") {
  const declared = { type: "text", form: "plain", maxCharacters: 100, group } as const;
  const inputs = { head: { ...declared, weight }, body: declared };
  const movies = DOCUMENTS.map(([head, body, label], i) => ({
    id: `${i}`,
    values: { head, body } as Record<string, Value>,
    labels: [LABELS[label]!],
    split: "train" as const,
  }));
  const news = { minTitles: 1, maxWords: 5, dimensions: 4, units: 3, ...options };
  const context = contextOf(inputs, movies, { options: { [group]: news } });
  const drafts = {
    head: await text.fit("head", inputs.head, context),
    body: await text.fit("body", inputs.body, context),
  };
  const encoder = createItemEncoder({ head: drafts.head.spec, body: drafts.body.spec });
  const encoded = movies.map(
    (source): EncodedMovie => ({
      source,
      features: encoder.encode(source.values),
      images: {},
      ratingsInputs: [],
      target: Uint8Array.from(LABELS, (label) => Number(source.labels.includes(label))),
    }),
  );
  const finish = (name: "head" | "body") =>
    text.finish!(name, drafts[name], encoded, undefined as never);
  const parts = {
    inputs: { head: finish("head"), body: finish("body") },
    labels: LABELS.length,
    target,
  };
  const source = { inputs: parts.inputs, posters: undefined as never };
  return { config: context.config, encoded, parts, source };
}

test("texts of a group have one vocabulary, and the document frequencies of both together", async () => {
  const { parts } = await fitted();
  const { head, body } = parts.inputs;
  assert.deepEqual(head.spec, body.spec);
  assert.deepEqual(head.termWeights, body.termWeights);
  const idf = (word: string) => head.termWeights[2 + head.spec.vocabulary.indexOf(word)]!;
  // "oil" is in the head or the body of three of the six documents, in both of one.
  assert.equal(head.spec.vocabulary[0], "oil");
  assert.ok(Math.abs(idf("oil") - (Math.log(7 / 4) + 1)) < 1e-6);
  assert.ok(Math.abs(idf("again") - (Math.log(7 / 2) + 1)) < 1e-6);
  const [group] = modelGroups(parts.inputs);
  assert.deepEqual([group!.name, group!.input, group!.members], ["news", "news", ["head", "body"]]);
});

test("a text alone has its own words, whatever other texts there are", async () => {
  const declared = { type: "text", form: "plain", maxCharacters: 100 } as const;
  const inputs = { head: declared, body: declared };
  const items = DOCUMENTS.map(([head, body], i) => ({
    ...{ id: `${i}`, labels: [], split: "train" as const },
    values: { head, body } as Record<string, Value>,
  }));
  const { spec } = await text.fit("head", declared, contextOf(inputs, items));
  assert.deepEqual(spec.vocabulary, ["oil", "rises", "wheat"]);
  assert.ok(!("group" in spec));
});

for (const weight of [undefined, 2]) {
  test(`the linear tower is the regression on both texts' words, the first counted ${weight ?? 1} times`, async () => {
    const { config, encoded, parts, source } = await fitted(
      { regression: "logistic", inverseRegularisation: 3 },
      weight,
    );
    const model = buildTower("news", parts, createRandom(1));
    const options = { input: "news", config, source, target, training: encoded, validation: [] };
    await fitAtOnce(model, fitLinearText, { ...options, random: createRandom(2) });
    const { termWeights } = parts.inputs.head;
    const rows = encoded.map(({ features }) => {
      const { head, body } = features as Record<"head" | "body", { tokens: Int32Array }>;
      const tokens = [...head.tokens, ...body.tokens];
      const values = tokens.map(
        (token, place) => termWeights[token]! * (place < 5 ? (weight ?? 1) : 1),
      );
      const length = Math.hypot(...values);
      const row = new Map<number, number>();
      for (const [i, token] of tokens.entries()) {
        if (termWeights[token]) row.set(token, (row.get(token) ?? 0) + values[i]! / length);
      }
      return row;
    });
    const offsets = Uint32Array.from([0, ...rows.map((_, i) => i + 1)], (count) =>
      rows.slice(0, count).reduce((sum, row) => sum + row.size, 0),
    );
    const sparse = {
      columns: termWeights.length,
      offsets,
      indices: Uint32Array.from(rows.flatMap((row) => [...row.keys()])),
      values: Float64Array.from(rows.flatMap((row) => [...row.values()])),
    };
    const logits = await towerLogits(model, "news", encoded, source, LABELS.length);
    for (const label of LABELS.keys()) {
      const truth = Uint8Array.from(encoded, (movie) => movie.target[label]!);
      const fit = fitLogistic(sparse, truth, 3);
      for (const [i, row] of rows.entries()) {
        let expected = fit.intercept - target.prior[label]!;
        for (const [column, value] of row) expected += fit.weights[column]! * value;
        assert.ok(Math.abs(logits[i * 2 + label]! - expected) < 0.02, `${i}, ${label}`);
      }
    }
  });
}

const ENCODERS: { encoder: string; weight?: number; group?: string; [option: string]: unknown }[] =
  [
    { encoder: "linear", group: "head" },
    { encoder: "linear" },
    { encoder: "linear", weight: 2 },
    { encoder: "bag" },
    { encoder: "gru", bidirectional: true, attention: "bahdanau" },
    { encoder: "lstm", attention: "luong-general" },
  ];
for (const { weight, group = "news", ...options } of ENCODERS) {
  test(`exported, ${JSON.stringify({ ...options, weight, group })} gives the same answers, and the attention over each text`, async () => {
    const { encoded, parts, source } = await fitted(options, weight, group);
    const tower = buildTower(group, parts, createRandom(1));
    const random = createRandom(3);
    const weights = new Map(
      [...(await getWeights(tower))].map(([name, values]) => [
        name,
        name.includes("term_logits") ? values.map(() => random.normal()) : values,
      ]),
    );
    setWeights(tower, weights);
    const logits = await towerLogits(tower, group, encoded, source, LABELS.length);
    const gates = { kernel: new Float32Array(1), bias: Float32Array.of(1) };
    const model = buildInferenceModel(
      parts,
      new Map([...weights, ...fusionWeights(target.prior, gates)]),
    );
    assert.deepEqual(graphOutputs(parts).slice(1, 3), ["head_attention", "body_attention"]);
    const { onnx } = await exportGraph(model, parts, { name: "news", synthetic: true }, "fp32");
    const { run, close } = await openSession(onnx, { threads: 1 });
    const inputs = specsOf(parts.inputs);
    const predictor = createPredictor({ target: sampleTarget(LABELS), inputs }, run);
    const answers = await predictor.predict(DOCUMENTS.map(([head, body]) => ({ head, body })));
    await close();
    for (const [i, { scores, attention }] of answers.entries()) {
      for (const [l, label] of LABELS.entries()) {
        const expected = 1 / (1 + Math.exp(-logits[i * 2 + l]! - target.prior[l]!));
        const found = scores.find((score) => score.label === label)!.probability;
        assert.ok(Math.abs(found - expected) < 1e-4, `${found}, not ${expected}`);
      }
      const shares = [...attention.head!, ...attention.body!];
      const sum = shares.reduce((total, { weight }) => total + weight, 0);
      assert.ok(Math.abs(sum - 1) < 1e-4, `${sum}`);
      const words = DOCUMENTS[i]!.slice(0, 2).map((given) => String(given).split(/\s+/).join(" "));
      assert.equal(attention.body!.map(({ part }) => part).join(" "), words[1]);
      if (words[0] === "") assert.equal(attention.head!.length, 0);
    }
  });
}

test("a recurrent tower reads every text from its beginning: places without words change nothing", async () => {
  const options = { encoder: "gru", bidirectional: true, attention: "bahdanau" };
  const logitsOf = async (maxWords: number) => {
    const { encoded, parts, source } = await fitted({ ...options, maxWords });
    const tower = buildTower("news", parts, createRandom(1));
    return towerLogits(tower, "news", encoded, source, LABELS.length);
  };
  const [short, long] = [await logitsOf(5), await logitsOf(9)];
  for (const [i, logit] of short.entries()) assert.ok(Math.abs(logit - long[i]!) < 1e-5, `${i}`);
  assert.ok(short.some((logit) => Math.abs(logit) > 1e-3));
});

test("tokens are dropped in every text, and only in training", async () => {
  const { encoded, source } = await fitted({ tokenDropout: 0.5 });
  const words = (tokens: Int32Array | Float32Array) => tokens.filter((token) => token > 0).length;
  const whole = towerInputs("news", encoded, source).map(words);
  const dropped = towerInputs("news", encoded, source, createRandom(1)).map(words);
  assert.deepEqual(whole, [8, 17]);
  for (const [i, count] of dropped.entries()) assert.ok(count > 0 && count < whole[i]!, `${count}`);
});

test("a group of inputs that are not read together has no tower", () => {
  const head = { type: "text", spec: { group: "news" } } as unknown as TextInput;
  const shot = { type: "image", spec: { type: "image", group: "news" } };
  assert.throws(
    () => modelGroups({ shot, head } as never),
    /internal: group "news" of shot, head has no tower/,
  );
});
