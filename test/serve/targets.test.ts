/** Bundles that predict a class, a number or labels from a number, categories and a sequence: wherever they answer. */

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "csv-parse/sync";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import { start } from "../pipeline/run/tinyRun.ts";
import { sampleTarget } from "../predictor/sampleManifest.ts";
import { createLabOf, type Lab, post } from "./server.ts";
import { numberOf, probabilitiesOf, publishTable, type TableItem } from "./tableBundle.ts";

const NOUNS = { item: "product", items: "products", label: "shelf", labels: "shelves" };
const TARGETS = {
  labels: {
    ...sampleTarget(["a", "b, or c", "d"], [0.9, 0.9, 0.9]),
    thresholds: { perLabel: [0.9, 0.9, 0.9], subsets: [{ groups: ["walk"], threshold: 0.5 }] },
  },
  class: { type: "class", classes: ["x", 'the "y"', "z"] },
  number: { type: "number", name: "Stars given", min: -5, max: 5 },
} as const satisfies Record<string, TargetSpec>;
type Kind = keyof typeof TARGETS;

const ITEMS: readonly TableItem[] = [
  {
    price: 15,
    tags: ["blue"],
    walk: [
      [1, 0],
      [3, 2],
    ],
  },
  { tags: ["unknown", "7"] },
  { walk: [[-1, 0.5]] },
  { price: 10 },
];

const labs = {} as Record<Kind, Lab>;
const urls = {} as Record<Kind, string>;
before(async () => {
  for (const kind of Object.keys(TARGETS) as Kind[]) {
    const nouns = kind === "number" ? {} : { nouns: NOUNS };
    labs[kind] = await createLabOf((path) => publishTable(path, TARGETS[kind], nouns));
    urls[kind] = (await labs[kind].serve()).url;
  }
});
after(() => Promise.all(Object.values(labs).map((lab) => lab.close())));

const predict = (kind: Kind, ...args: string[]) =>
  start("serve/predict.ts", ["--model", labs[kind].model, ...args]).finished;

const close = (actual: number, expected: number, what: string) =>
  assert.ok(
    Math.abs(actual - expected) < 1e-5 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  );

interface Scored {
  readonly scores: readonly { label: string; probability: number; selected: boolean }[];
  readonly selected: readonly string[];
}

/** @param names In the order of the output. */
function assertScores(answer: Scored, item: TableItem, kind: "labels" | "class"): void {
  const target = TARGETS[kind];
  const names: readonly string[] = target.type === "class" ? target.classes : target.labels;
  const expected = probabilitiesOf(item, kind);
  assert.equal(answer.scores.length, names.length);
  for (const { label, probability } of answer.scores) {
    close(probability, expected[names.indexOf(label)]!, label);
  }
  const ranked = answer.scores.map(({ probability }) => probability);
  assert.deepEqual(
    ranked,
    ranked.toSorted((a, b) => b - a),
  );
}

test("class: scores and exactly one selected, in JSON of one item and of several", async () => {
  const { status, json } = await post(`${urls.class}/v1/predict`, ITEMS);
  assert.equal(status, 200);
  for (const [i, answer] of (json.predictions as Scored[]).entries()) {
    assert.deepEqual(Object.keys(answer), ["scores", "selected", ...(i === 1 ? ["unknown"] : [])]);
    assertScores(answer, ITEMS[i]!, "class");
    assert.deepEqual(answer.selected, [answer.scores[0]!.label]);
    assert.deepEqual(
      answer.scores.map(({ selected }) => selected),
      [true, false, false],
    );
  }
  const top = await post(`${urls.class}/v1/predict`, { ...ITEMS[0], topK: 1 });
  assert.equal(top.json.scores.length, 1);
});

test("number: the value, without scores, and beyond what training saw", async () => {
  const { status, json } = await post(`${urls.number}/v1/predict`, ITEMS);
  assert.equal(status, 200);
  for (const [i, answer] of (json.predictions as { value: number }[]).entries()) {
    assert.deepEqual(Object.keys(answer), ["value", ...(i === 1 ? ["unknown"] : [])]);
    close(answer.value, numberOf(ITEMS[i]!), `item ${i}`);
  }
  const one = await post(`${urls.number}/v1/predict`, ITEMS[0]);
  assert.deepEqual(Object.keys(one.json), ["value", "model"]);
});

test("values are read as tables have them: null is none, text may be a number, truth values count", async () => {
  const given = [
    { price: " 12.5 ", tags: null, walk: ["3", 1] },
    { price: true, tags: [7, null] },
    { price: "", tags: "blue", walk: null },
  ];
  const { json } = await post(`${urls.number}/v1/predict`, given);
  const expected: TableItem[] = [
    { price: 12.5, walk: [[3, 1]] },
    { price: 1, tags: "7" },
    { tags: "blue" },
  ];
  for (const [i, { value }] of json.predictions.entries()) {
    close(value, numberOf(expected[i]!), `item ${i}`);
  }
});

test("labels: thresholds of the inputs that an item has, and never none unless asked", async () => {
  const url = `${urls.labels}/v1/predict`;
  const { json } = await post(url, ITEMS);
  const selected = json.predictions.map((answer: Scored) => answer.selected);
  for (const [i, answer] of json.predictions.entries()) assertScores(answer, ITEMS[i]!, "labels");
  // The third item has 0.5, 0.5 and 0.378 (threshold 0.5 by walk alone), the last 0.5 three times (other thresholds).
  assert.deepEqual(selected, [["b, or c", "d"], ["b, or c"], ["a", "b, or c"], ["a"]]);
  const { json: none } = await post(
    url,
    ITEMS.map((item) => ({ ...item, allowEmpty: true })),
  );
  assert.deepEqual(
    none.predictions.map((answer: Scored) => answer.selected),
    [["b, or c", "d"], ["b, or c"], ["a", "b, or c"], []],
  );
  const { json: one } = await post(url, { ...ITEMS[3], threshold: 0.6 });
  assert.deepEqual(one.selected, []);
  const listed = await (await fetch(`${urls.labels}/v1/labels`)).json();
  assert.deepEqual((listed as { subsets: unknown }).subsets, [
    { groups: ["walk"], threshold: 0.5 },
  ]);
});

test("explanations say what each group of inputs changed, of labels, classes and values", async () => {
  const [item] = ITEMS;
  const without = { walk: item!.walk! };
  const explained = await post(`${urls.number}/v1/predict`, { ...item, explain: true });
  const { inputs, attention } = explained.json.explanation;
  assert.deepEqual(Object.keys(explained.json.explanation), ["inputs", "attention"]);
  assert.deepEqual(Object.keys(inputs), ["table", "walk"]);
  assert.deepEqual(Object.keys(inputs.table), ["weight", "contribution", "without", "alone"]);
  assert.equal(inputs.table.weight, 1);
  close(inputs.table.without, numberOf(without), "without");
  close(inputs.table.contribution, numberOf(item!) - numberOf(without), "contribution");
  close(inputs.table.alone, numberOf({ ...item, walk: [] }), "alone");
  assert.deepEqual(attention, {});

  const classes = await post(`${urls.class}/v1/predict`, { ...item, explain: true });
  assert.deepEqual(Object.keys(classes.json.explanation), ["inputs", "attention"]);
  const [first] = classes.json.explanation.inputs.table.scores;
  assert.equal(first.label, classes.json.scores[0].label);
  close(
    first.without,
    probabilitiesOf(without, "class")[TARGETS.class.classes.indexOf(first.label)]!,
    "without",
  );

  const labels = await post(`${urls.labels}/v1/predict`, { ...item, explain: true });
  assert.deepEqual(Object.keys(labels.json), [
    "scores",
    "selected",
    "explanation",
    "genres",
    "labels",
    "model",
  ]);
});

test("an answer names the categories that training did not see, wherever it is given", async () => {
  const item = ITEMS[1]!;
  const unknown = { tags: ["unknown"] };
  for (const kind of Object.keys(TARGETS) as Kind[]) {
    const url = `${urls[kind]}/v1/predict`;
    for (const body of [item, { ...item, explain: true }]) {
      assert.deepEqual((await post(url, body)).json.unknown, unknown);
    }
    const { json } = await post(url, [{ tags: ["7"] }, { price: 3 }, item]);
    assert.deepEqual(
      json.predictions.map((answer: object) => ("unknown" in answer ? answer.unknown : "none")),
      ["none", "none", unknown],
    );
    const long = await post(url, { tags: ["green\n<b>", "ю".repeat(1000)] });
    assert.deepEqual(long.json.unknown.tags, ["green\n<b>", "ю".repeat(1000)]);
    const { components } = JSON.parse(await (await fetch(`${urls[kind]}/openapi.json`)).text());
    const schema = components.schemas.Answer.properties.unknown;
    assert.deepEqual(
      Object.keys(schema.properties ?? {}).concat(schema.propertyNames?.enum ?? []),
      ["tags"],
    );
  }
  const tags = ["--tags", "unknown|7"];
  const printed = await predict("class", ...tags);
  assert.match(printed.stdout, /^Not seen in training: tags "unknown"\. Such values .* as one\.$/m);
  assert.deepEqual(JSON.parse((await predict("class", ...tags, "--json")).stdout).unknown, unknown);
  const known = await predict("class", "--tags", "7");
  assert.doesNotMatch(known.stdout, /Not seen/);
});

test("options that the target does not have are refused, and wrong values by their place", async () => {
  const cases: [kind: Kind, body: object, field: string, detail: RegExp][] = [
    ["number", { price: 1, topK: 1 }, "topK", /^is not a field here$/],
    ["number", { price: 1, threshold: 0.5 }, "threshold", /^is not a field here$/],
    ["number", { price: 1, allowEmpty: true }, "allowEmpty", /^is not a field here$/],
    ["class", { price: 1, threshold: 0.5 }, "threshold", /^is not a field here$/],
    ["class", { price: 1, allowEmpty: true }, "allowEmpty", /^is not a field here$/],
    ["labels", { price: 1, allowEmpty: 1 }, "allowEmpty", /is a number, expected true or false/],
    ["class", { price: -1 }, "price", /^-1 is not a number of at least 0$/],
    ["class", { price: 1e39 }, "price", /^1e\+39 is too large$/],
    ["class", { tags: ["a", "b", "c"] }, "tags", /^has 3 values; at most 2 are accepted$/],
    ["class", { tags: { a: 1 } }, "tags", /./],
    ["class", { tags: ["a", { a: 1 }] }, "tags", /./],
    ["class", { price: "1 EUR" }, "price", /^"1 EUR" is not a number$/],
    ["class", { price: [1] }, "price", /^is a list, expected a number$/],
    ["class", { price: null, tags: null, walk: null }, "body", /^is empty; give at least one of/],
    ["class", { walk: "1" }, "walk", /is a text, expected a list/],
    ["class", { walk: [[1, 2], [3]] }, "walk[1]", /^is not a step, a list of 2 numbers$/],
    ["class", { walk: [1, 2, 3] }, "walk", /^is not a step, a list of 2 numbers$/],
    [
      "class",
      { walk: [], tags: " " },
      "body",
      /^is empty; give at least one of price, tags and walk$/,
    ],
    ["class", { walk: [1e38, 1e39] }, "walk", /^step 1: 1e\+39 is too large$/],
  ];
  for (const [kind, body, field, detail] of cases) {
    const { status, json } = await post(`${urls[kind]}/v1/predict`, body);
    assert.equal(status, 422, JSON.stringify(body));
    assert.equal(json.errors[0].field, field, JSON.stringify(json.errors));
    assert.match(json.errors[0].detail, detail);
  }
});

test("forms: categories as cells, once or several times, and sequences as JSON", async () => {
  const answerTo = async (fields: readonly [string, string][]) => {
    const form = new FormData();
    for (const [name, value] of fields) form.append(name, value);
    const response = await fetch(`${urls.number}/v1/predict`, { method: "POST", body: form });
    return { status: response.status, json: (await response.json()) as { value: number } };
  };
  const both = numberOf({ tags: ["blue", "7"] });
  for (const fields of [
    [["tags", "blue|7"]],
    [
      ["tags", "blue"],
      ["tags", "7"],
    ],
  ] as const) {
    const { status, json } = await answerTo(fields as unknown as [string, string][]);
    assert.equal(status, 200);
    close(json.value, both, JSON.stringify(fields));
  }
  const { json } = await answerTo([
    ["price", "15"],
    ["walk", "[[1,0],[3,2]]"],
    ["tags", " blue "],
  ]);
  close(json.value, numberOf(ITEMS[0]!), "whole");
  assert.equal((await answerTo([["walk", "1;2"]])).status, 422);
});

test("OpenAPI has the target's fields and words, and its examples are accepted", async () => {
  const expected = {
    labels: [
      "Shelves of one product, or of several",
      "Predicts the shelves of products from price, tags and walk.",
    ],
    class: [
      "Shelf of one product, or of several",
      "Predicts the shelf of products from price, tags and walk.",
    ],
    number: [
      "Stars given of one item, or of several",
      "Predicts the Stars given of items from price, tags and walk.",
    ],
  };
  const options = { labels: ["allowEmpty", "threshold", "topK"], class: ["topK"], number: [] };
  const answers = {
    labels: ["explanation", "genres", "labels", "model", "scores", "selected", "unknown"],
    class: ["explanation", "model", "scores", "selected", "unknown"],
    number: ["explanation", "model", "unknown", "value"],
  };
  for (const kind of Object.keys(TARGETS) as Kind[]) {
    const text = await (await fetch(`${urls[kind]}/openapi.json`)).text();
    const { info, paths, components } = JSON.parse(text);
    const operation = paths["/v1/predict"].post;
    assert.deepEqual([operation.summary, info.description], expected[kind]);
    const { Item: item, Answer: answer } = components.schemas;
    assert.deepEqual(
      Object.keys(item.properties).sort(),
      ["explain", "price", "tags", "walk", ...options[kind]].sort(),
    );
    assert.deepEqual(Object.keys(answer.properties).sort(), answers[kind]);
    // Beside null, which stands for what is not given.
    const [price, tags, walk] = ["price", "tags", "walk"].map(
      (name) => item.properties[name].anyOf[0],
    );
    assert.deepEqual([price.minimum, price.maximum], [0, undefined]);
    assert.match(tags.description, /red, blue, 7/);
    assert.match(walk.description, /list of 2 numbers.*first 3/);
    const examples = Object.values<{ value: object }>(
      operation.requestBody.content["application/json"].examples,
    );
    for (const { value } of examples) {
      const { status, json } = await post(`${urls[kind]}/v1/predict`, value);
      assert.equal(status, 200, JSON.stringify(json));
    }
    const { json } = await post(`${urls[kind]}/v1/predict`, {
      ...examples[0]!.value,
      explain: true,
    });
    assert.deepEqual(Object.keys(json.explanation.inputs), ["table", "walk"]);
  }
});

test("labels of the model: with thresholds, without, and none", async () => {
  const listOf = async (kind: Kind) =>
    ((await (await fetch(`${urls[kind]}/v1/labels`)).json()) as { labels: unknown }).labels;
  assert.deepEqual(
    await listOf("class"),
    TARGETS.class.classes.map((label) => ({ label })),
  );
  assert.deepEqual(await listOf("number"), []);
  assert.deepEqual(
    await listOf("labels"),
    TARGETS.labels.labels.map((label) => ({ label, threshold: 0.9 })),
  );
});

test("raw tensors: categories within their table, and the target's own output", async () => {
  const metadata = await (await fetch(`${urls.number}/v2/models/table`)).json();
  const { inputs, outputs } = metadata as Record<string, { name: string; shape: number[] }[]>;
  assert.deepEqual(
    inputs!.map(({ name, shape }) => [name, ...shape]),
    [
      ["price", -1, 1],
      ["has_price", -1, 1],
      ["tags", -1, 2],
      ["walk", -1, 3, 2],
      ["walk_mask", -1, 3],
    ],
  );
  assert.deepEqual(
    outputs!.map(({ name, shape }) => [name, ...shape]),
    [
      ["value", -1, 1],
      ["modality_weights", -1, 2],
    ],
  );
  const infer = (tags: number[]) =>
    post(`${urls.number}/v2/models/table/infer`, {
      inputs: [
        { name: "price", datatype: "FP32", shape: [1, 1], data: [1] },
        { name: "has_price", datatype: "FP32", shape: [1, 1], data: [1] },
        { name: "tags", datatype: "INT32", shape: [1, 2], data: tags },
        { name: "walk", datatype: "FP32", shape: [1, 3, 2], data: [0, 0, 1, 2, 0, 0] },
        { name: "walk_mask", datatype: "FP32", shape: [1, 3], data: [1, 1, 0] },
      ],
      outputs: [{ name: "value" }],
    });
  const { status, json } = await infer([3, 0]);
  assert.equal(status, 200);
  close(json.outputs[0].data[0], numberOf(ITEMS[0]!), "value");
  const outside = await infer([5, 0]);
  assert.equal(outside.status, 400);
  assert.match(outside.text, /input \\"tags\\" holds 5 at place 0, which is outside 0 to 4/);
});

test("Triton: labels for the output that has them, and no file of labels for a number", async () => {
  for (const [kind, files] of [
    ["class", ["1", "config.pbtxt", "labels.txt"]],
    ["number", ["1", "config.pbtxt"]],
  ] as const) {
    const out = join(labs[kind].root, "triton");
    const { code, stderr } = await start("serve/triton/main.ts", [
      ...["--model", labs[kind].model, "--out", out],
    ]).finished;
    assert.equal(code, 0, stderr);
    assert.deepEqual((await readdir(join(out, "table"))).sort(), files);
    const config = await readFile(join(out, "table", "config.pbtxt"), "utf8");
    assert.equal(/label_filename/.test(config), kind === "class");
    assert.match(config, kind === "class" ? /name: "probabilities"/ : /name: "value"/);
  }
  const labels = await readFile(join(labs.class.root, "triton", "table", "labels.txt"), "utf8");
  assert.deepEqual(labels.split("\n"), [...TARGETS.class.classes, ""]);
});

const CSV = [
  "id,price,tags,walk",
  '1,15,blue,"[[1,0],[3,2]]"',
  "2,,unknown | 7,",
  '3,,,"[-1,0.5]"',
  "4,10,,",
  "5,,a|b|c,",
  "6,,,1;2",
].join("\n");

test("batches: cells split by the separator, sequences in JSON; answers as JSON lines", async () => {
  for (const kind of Object.keys(TARGETS) as Kind[]) {
    const input = join(labs[kind].root, "items.csv");
    const output = join(labs[kind].root, "answers.jsonl");
    await writeFile(input, CSV);
    const { code, stderr } = await predict(kind, "--input", input, "--output", output);
    assert.equal(code, 0, stderr);
    const lines = (await readFile(output, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ line, id }) => [line, id]),
      [
        [2, "1"],
        [3, "2"],
        [4, "3"],
        [5, "4"],
      ],
    );
    for (const [i, answer] of lines.entries()) {
      if (kind === "number") close(answer.value, numberOf(ITEMS[i]!), `line ${i}`);
      else assertScores(answer, ITEMS[i]!, kind);
      assert.deepEqual(answer.unknown, i === 1 ? { tags: ["unknown"] } : undefined);
    }
    const rejects = (await readFile(`${output}.rejects`, "utf8")).trim().split("\n");
    assert.deepEqual(
      rejects.map((line) => JSON.parse(line)).map(({ id, field }) => [id, field]),
      [
        ["5", "tags"],
        ["6", "walk"],
      ],
    );
  }
});

test("batches: answers as a CSV file with a column for each name, whole after a second run", async () => {
  const header = {
    labels: ["selected", ...TARGETS.labels.labels.map((label) => `probability of ${label}`)],
    class: ["class", ...TARGETS.class.classes.map((label) => `probability of ${label}`)],
    number: ["value"],
  };
  for (const kind of Object.keys(TARGETS) as Kind[]) {
    const input = join(labs[kind].root, "items.jsonl");
    const output = join(labs[kind].root, "answers.csv");
    await writeFile(input, ITEMS.map((item, i) => JSON.stringify({ id: i, ...item })).join("\n"));
    const args = ["--input", input, "--output", output];
    const { code, stderr } = await predict(kind, ...args);
    assert.equal(code, 0, stderr);
    const rows: string[][] = parse(await readFile(output, "utf8"));
    assert.deepEqual(rows[0], ["line", "id", ...header[kind]]);
    assert.equal(rows.length, 1 + ITEMS.length);
    for (const [i, [line, id, first, ...others]] of rows.slice(1).entries()) {
      assert.deepEqual([line, id], [String(i + 1), String(i)]);
      if (kind === "number") {
        close(Number(first), numberOf(ITEMS[i]!), `line ${i}`);
        continue;
      }
      const expected = probabilitiesOf(ITEMS[i]!, kind);
      for (const [p, text] of others.entries()) close(Number(text), expected[p]!, `line ${i}`);
      if (kind === "class") {
        assert.equal(first, TARGETS.class.classes[expected.indexOf(Math.max(...expected))]);
      }
    }
    if (kind === "labels") {
      assert.deepEqual(
        rows.slice(1).map((row) => row[2]),
        ["b, or c|d", "b, or c", "a|b, or c", "a"],
      );
      const empty = await predict(kind, ...args, "--overwrite", "--allow-empty");
      assert.equal(empty.code, 0, empty.stderr);
      const again: string[][] = parse(await readFile(output, "utf8"));
      assert.deepEqual(again[0], rows[0]);
      assert.deepEqual(
        again.slice(1).map((row) => row[2]),
        ["b, or c|d", "b, or c", "a|b, or c", ""],
      );
      const top = await predict(kind, ...args, "--overwrite", "--top", "1");
      assert.equal(top.code, 2);
      assert.match(
        top.stderr,
        /^error: --top: is not for .*answers\.csv: a CSV file has all probabilities/,
      );
    }
  }
});

test("npm run predict: options of the inputs and of the target, and answers for people", async () => {
  const file = join(labs.class.root, "walk.json");
  await writeFile(file, "[[1,0],[3,2]]");
  for (const walk of ["[[1,0],[3,2]]", file]) {
    const args = ["--price", "15", "--tags", "blue", "--walk", walk];
    const { code, stdout, stderr } = await predict("number", ...args, "--json");
    assert.equal(code, 0, stderr);
    const { value, explanation } = JSON.parse(stdout);
    close(value, numberOf(ITEMS[0]!), "value");
    assert.deepEqual(Object.keys(explanation.inputs), ["table", "walk"]);
  }
  const shown = {
    number: await predict("number", "--price", "15"),
    class: await predict("class", "--price", "15", "--tags", "blue"),
    labels: await predict("labels", "--price", "10"),
    empty: await predict("labels", "--price", "10", "--allow-empty"),
  };
  assert.match(
    shown.number.stdout,
    /^Stars given {2}1\n\nWeight of each input: table 1\.00, walk 0\.00\./,
  );
  assert.match(
    shown.class.stdout,
    /^\* the "y" .*\n {2}x .*\n {2}z .*\n\n\* the predicted shelf\./,
  );
  assert.match(shown.labels.stdout, /^\* a .*\n {2}b, or c .*\n/);
  assert.match(shown.labels.stdout, /threshold, or the most probable\./);
  assert.match(shown.empty.stdout, /^ {2}a .*\n {2}b, or c .*\n/);
  assert.match(
    shown.empty.stdout,
    /\* at or above the shelf's threshold, and the most probable if any is\./,
  );

  const flags = async (kind: Kind) =>
    [...(await predict(kind, "--help")).stdout.matchAll(/^ {2}(--[\w-]+)/gm)].map(
      ([, flag]) => flag,
    );
  const own = ["--model", "--precision", "--price", "--tags", "--walk"];
  const files = [
    ...["--json", "--input", "--output", "--rejects", "--overwrite"],
    ...["--shards", "--shard-rows", "--workers", "--format", "--queue", "--storage", "--merge"],
  ];
  assert.deepEqual(await flags("number"), [...own, ...files]);
  assert.deepEqual(await flags("class"), [...own, "--top", ...files]);
  assert.deepEqual(await flags("labels"), [...own, "--top", "--allow-empty", ...files]);
  const refused = await predict("number", "--walk", "[[1]]");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /^error: walk: is not a step, a list of 2 numbers/);
});
