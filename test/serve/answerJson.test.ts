/** One JSON of an answer, wherever it comes from: POST /v1/predict, `predict --json` and `predict --input`. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../../node/bundle.ts";
import { publishBundle } from "../../pipeline/publish/publish.ts";
import type { LabelsAnswerJson } from "../../predictor/answerTypes.ts";
import { labelsTarget } from "../../predictor/targets/labels.ts";
import { start } from "../pipeline/run/tinyRun.ts";
import { sampleTarget } from "../predictor/sampleManifest.ts";
import { createLab, type Lab, post, publishTiny } from "./server.ts";

const TITLE = "War hunter (1962)";
const RATINGS = [
  { user: "u1", stars: 5 },
  { user: "u4", stars: 2 },
];
const TOP = 2;

let lab: Lab;
let url: string;
before(async () => {
  lab = await createLab();
  url = (await lab.serve()).url;
  await writeFile(join(lab.root, "ratings.csv"), "user,stars\nu1,5\nu4,2\n");
});
after(() => lab.close());

async function overHttp(more: object = {}) {
  const { status, json } = await post(`${url}/v1/predict`, {
    title: TITLE,
    ratings: RATINGS,
    topK: TOP,
    ...more,
  });
  assert.equal(status, 200);
  return json;
}

async function inTerminal(): Promise<unknown> {
  const { code, stdout, stderr } = await start("serve/predict.ts", [
    "--model",
    lab.model,
    "--title",
    TITLE,
    "--ratings",
    join(lab.root, "ratings.csv"),
    "--top",
    String(TOP),
    "--json",
  ]).finished;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

async function fromFile(model: string, name: string, top = TOP) {
  const [input, output] = [join(lab.root, `${name}.jsonl`), join(lab.root, `${name}.out`)];
  await writeFile(input, `${JSON.stringify({ title: TITLE, ratings: RATINGS })}\n`);
  const args = ["--model", model, "--input", input, "--output", output, "--top", String(top)];
  const { code, stderr } = await start("serve/predict.ts", args).finished;
  assert.equal(code, 0, stderr);
  return JSON.parse(await readFile(output, "utf8"));
}

/** Equal names, texts and order; numbers may differ in their last bits, as batches do. */
function assertSame(actual: unknown, expected: unknown, path = "answer"): void {
  if (typeof expected === "number") {
    assert.ok(Math.abs((actual as number) - expected) < 1e-6, `${path}: ${actual}, ${expected}`);
  } else if (typeof expected === "object" && expected !== null) {
    assert.deepEqual(Object.keys(actual as object), Object.keys(expected), path);
    for (const [key, value] of Object.entries(expected)) {
      assertSame((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
    }
  } else assert.equal(actual, expected, path);
}

test("`predict --json` prints what POST /v1/predict answers when it explains", async () => {
  assertSame(await inTerminal(), await overHttp({ explain: true }));
});

test("`predict --input` writes what POST /v1/predict answers, with the line and without the model", async () => {
  const { line, ...answer } = await fromFile(lab.model, "one");
  assert.equal(line, 1);
  const { model: _, ...expected } = await overHttp();
  assertSame(answer, expected);
  assert.deepEqual(Object.keys(answer), ["scores", "selected", "genres", "labels"]);
  assert.equal(answer.scores.length, TOP);
});

test("the names of version 0.1 say the same as the new ones", async () => {
  for (const answer of [
    await overHttp({ explain: true }),
    await inTerminal(),
  ] as LabelsAnswerJson[]) {
    assert.deepEqual(answer.genres, answer.scores);
    assert.deepEqual(answer.labels, answer.selected);
    const { inputs, modalities, attention, titleAttention } = answer.explanation!;
    assert.deepEqual(Object.keys(attention), ["title"]);
    assert.deepEqual(
      titleAttention,
      attention.title!.map(({ part, weight }) => ({ word: part, weight })),
    );
    assert.equal(titleAttention.length, 2);
    assert.deepEqual(Object.keys(inputs), ["title", "ratings"]);
    assert.deepEqual(Object.keys(modalities), Object.keys(inputs));
    for (const [input, { scores, genres, weight }] of Object.entries(modalities)) {
      const expected = inputs[input as "title"]!;
      assert.deepEqual(
        [genres, scores, weight],
        [expected.scores, expected.scores, expected.weight],
      );
    }
  }
});

test("OpenAPI describes every field, and marks the old names as deprecated", async () => {
  const { schemas } = JSON.parse(await (await fetch(`${url}/openapi.json`)).text()).components;
  const answer = await overHttp({ explain: true });
  const { properties } = schemas.Answer;
  assert.deepEqual(Object.keys(properties).sort(), Object.keys(answer).sort());
  const deprecated = (fields: Record<string, { deprecated?: boolean }>) =>
    Object.keys(fields).filter((name) => fields[name]!.deprecated);
  assert.deepEqual(deprecated(properties), ["genres", "labels"]);
  const explanation = properties.explanation.properties;
  assert.deepEqual(Object.keys(explanation).sort(), Object.keys(answer.explanation).sort());
  assert.deepEqual(deprecated(explanation), ["modalities", "titleAttention"]);
  assert.equal(explanation.titleAttention.description, "now `attention.title`");
  const { part, weight } = explanation.attention.additionalProperties.items.properties;
  assert.deepEqual([part.type, weight.type], ["string", "number"]);
  const modality = explanation.modalities.additionalProperties ?? schemas.Modality;
  assert.deepEqual(deprecated(modality.properties), ["genres"]);
});

test("a probability that equals the threshold is selected, by the bundle's and by the request's", async () => {
  const { scores, selected } = await overHttp({ topK: undefined });
  const byProbability = scores as { label: string; probability: number }[];
  for (const [i, { probability }] of byProbability.entries()) {
    const labels = byProbability.slice(0, i + 1).map(({ label }) => label);
    assert.deepEqual((await overHttp({ threshold: probability })).selected, labels);
  }
  // A bundle whose thresholds are the probabilities of the batch's own movie.
  const probabilities = new Map<string, number>(
    (await fromFile(lab.model, "before", 3)).scores.map(
      ({ label, probability }: { label: string; probability: number }) => [label, probability],
    ),
  );
  const { manifest, graph } = await openBundle(lab.model);
  const { files: _, ...bare } = manifest;
  const exact = join(lab.root, "models", "exact");
  await publishTiny(exact);
  const { labels } = labelsTarget(manifest.target);
  const target = sampleTarget(
    labels,
    labels.map((label) => probabilities.get(label)!),
  );
  await publishBundle(exact, { ...bare, target }, { "model.onnx": graph });
  const answer = await fromFile(exact, "after", 3);
  assert.deepEqual(answer.selected, [...probabilities.keys()]);
  assert.ok(selected.length < answer.selected.length);
});
