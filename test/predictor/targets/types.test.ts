/** The contract that every type of target keeps, through the predictor and as JSON. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { toAnswer, toAnswerJson } from "../../../predictor/answer.ts";
import { explainItem } from "../../../predictor/explain.ts";
import type { InputSpecs } from "../../../predictor/inputs/types.ts";
import { parseManifest } from "../../../predictor/manifest.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { type TargetSpec, targetSpec, targetTypeOf } from "../../../predictor/targets/types.ts";
import type { RunGraph } from "../../../predictor/tensor.ts";
import { sampleManifest, sampleTarget } from "../sampleManifest.ts";

const RANGE = { type: "number", min: 1, max: 9, whole: false } as const;
const INPUTS: InputSpecs = { a: RANGE, b: RANGE };

interface Case {
  readonly target: TargetSpec;
  /** The graph's row, from a and b. */
  readonly row: (a: number, b: number) => readonly number[];
  /** For a = 1 and b = 2. */
  readonly answer: object;
  readonly b: object;
  readonly options: readonly string[];
  readonly optional: readonly string[];
}

const score = (label: string, probability: number, selected: boolean) => ({
  label,
  probability,
  selected,
});
const effect = (label: string, contribution: number, without: number, alone: number) => ({
  label,
  contribution,
  without,
  alone,
});
const CASES: Readonly<Record<string, Case>> = {
  labels: {
    target: sampleTarget(["x", "y"], [0.125, 0.25]),
    row: (a, b) => [a / 8, b / 8],
    answer: {
      scores: [score("y", 0.25, true), score("x", 0.125, true)],
      selected: ["y", "x"],
    },
    b: { scores: [effect("y", 0.25, 0, 0.25), effect("x", 0, 0.125, 0)] },
    options: ["topK", "threshold", "allowEmpty"],
    optional: [],
  },
  class: {
    target: { type: "class", classes: ["x", "y"] },
    row: (a, b) => [a / 8, b / 8],
    answer: { scores: [score("y", 0.25, true), score("x", 0.125, false)], selected: ["y"] },
    b: { scores: [effect("y", 0.25, 0, 0.25), effect("x", 0, 0.125, 0)] },
    options: ["topK"],
    optional: [],
  },
  number: {
    target: { type: "number", name: "stars", min: -3, max: 3, bins: true },
    row: (a, b) => [4 * a - b],
    answer: { value: 2 },
    b: { contribution: -2, without: 4, alone: -2 },
    options: [],
    optional: ["bins"],
  },
};

for (const [what, { target, row, answer, b, options, optional }] of Object.entries(CASES)) {
  const type = targetTypeOf(target);
  const names = type.names(target);
  const run: RunGraph = async (feeds) => {
    const n = feeds.a!.dims[0]!;
    const rows = Array.from({ length: n }, (_, i) => row(feeds.a!.data[i]!, feeds.b!.data[i]!));
    return {
      [type.output]: {
        type: "float32",
        dims: [n, names.length],
        data: Float32Array.from(rows.flat()),
      },
      modality_weights: { type: "float32", dims: [n, 2], data: new Float32Array(2 * n).fill(0.5) },
    };
  };
  const predictor = createPredictor({ target, inputs: INPUTS }, run);

  test(`${what}: a manifest's target is read as it is, and needs every field`, () => {
    const manifest = { ...sampleManifest(), target };
    assert.deepEqual(parseManifest(JSON.stringify(manifest)).target, target);
    assert.ok(!targetSpec.safeParse({ ...target, extra: 1 }).success);
    for (const field of Object.keys(target)) {
      const { [field]: _, ...others } = target as unknown as Record<string, unknown>;
      assert.equal(targetSpec.safeParse(others).success, optional.includes(field), field);
    }
  });

  test(`${what}: the output has a value for each name, a row per item`, async () => {
    const features = [{ a: 1, b: 2 }, { b: 2 }].map((item) => predictor.encode(item));
    assert.deepEqual(
      await predictor.outputs(features),
      Float32Array.from([...row(1, 2), ...row(0, 2)]),
    );
    const short = createPredictor({ target, inputs: INPUTS }, async (feeds) => ({
      ...(await run(feeds)),
      [type.output]: { type: "float32", dims: [1, 0], data: new Float32Array(0) },
    }));
    await assert.rejects(
      short.predict([{ a: 1 }]),
      new RegExp(`output "${type.output}" is float32`),
    );
  });

  test(`${what}: the answer, and what a group of inputs changed in it`, async () => {
    assert.deepEqual(predictor.target, target);
    const explanation = await explainItem(predictor, { a: 1, b: 2 });
    assert.deepEqual(explanation.prediction.groups, ["a", "b"]);
    const plain = toAnswer(target, explanation.prediction, {});
    assert.deepEqual(plain, answer);
    assert.deepEqual(toAnswer(target, (await predictor.predict([{ a: 1, b: 2 }]))[0]!, {}), answer);
    const explained = toAnswer(target, explanation.prediction, {}, explanation);
    const { explanation: parts, ...rest } = explained;
    assert.deepEqual(rest, answer);
    assert.deepEqual(Object.keys(parts!.inputs), ["a", "b"]);
    assert.deepEqual(parts!.inputs.b, { weight: 0.5, ...b });
    assert.deepEqual(parts!.attention, {});
  });

  test(`${what}: it has the options that it has`, async () => {
    assert.deepEqual(type.options, options);
    const [prediction] = await predictor.predict([{ a: 1, b: 2 }]);
    for (const [option, value] of [
      ["topK", 1],
      ["threshold", 0.9],
    ] as const) {
      const changed = toAnswer(target, prediction!, { [option]: value });
      assert.equal(JSON.stringify(changed) !== JSON.stringify(answer), options.includes(option));
    }
  });

  test(`${what}: only labels have the names of version 0.1`, () => {
    const json = toAnswerJson(target, answer as never);
    assert.deepEqual(
      Object.keys(json),
      what === "labels" ? ["scores", "selected", "genres", "labels"] : Object.keys(answer),
    );
  });
}

test("exactly one class is selected, the first of equally probable ones", () => {
  const target: TargetSpec = { type: "class", classes: ["x", "y", "z"] };
  const { scores } = targetTypeOf(target).outcome(target, Float32Array.of(0.25, 0.375, 0.375), []);
  assert.deepEqual(
    scores.map(({ label, selected }) => [label, selected]),
    [
      ["y", true],
      ["z", false],
      ["x", false],
    ],
  );
});

test("classes and names are told apart, and ranges have an order", () => {
  const refused = (target: object) => !targetSpec.safeParse(target).success;
  assert.ok(refused({ type: "class", classes: [] }));
  assert.ok(refused({ type: "class", classes: ["x", "x"] }));
  assert.ok(refused({ type: "class", classes: ["x", ""] }));
  assert.ok(refused({ type: "number", name: "", min: 0, max: 1 }));
  assert.ok(refused({ type: "number", name: "n", min: 2, max: 1 }));
  assert.ok(!refused({ type: "number", name: "n", min: 1, max: 1 }));
  assert.ok(refused({ type: "rank", classes: ["x"] }));
});
