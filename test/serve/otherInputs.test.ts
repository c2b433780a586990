/** A bundle of inputs that no movie has: in HTTP, forms, batches, OpenAPI and commands, each under its own name. */

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { openBundle } from "../../node/bundle.ts";
import { decodePoster } from "../../node/poster.ts";
import { openSession, type Session } from "../../node/session.ts";
import { publishBundle } from "../../pipeline/publish/publish.ts";
import { explainItem } from "../../predictor/explain.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import { collate } from "../../predictor/item.ts";
import { createPredictor, type Prediction, type Predictor } from "../../predictor/predictor.ts";
import type { Server } from "../../serve/server.ts";
import { start } from "../pipeline/run/tinyRun.ts";
import { SHOP_LABELS } from "../pipeline/shopModel.ts";
import { sampleManifest } from "../predictor/sampleManifest.ts";
import { createLabOf, type Lab, post, publishShop } from "./server.ts";

const NOUNS = { item: "product", items: "products", label: "department", labels: "departments" };

let lab: Lab;
let server: Server;
let url: string;
let session: Session;
let predictor: Predictor;
let photo: Buffer;

before(async () => {
  lab = await createLabOf((path) => publishShop(path, { nouns: NOUNS }));
  server = await lab.serve({ maxRatings: 4 });
  url = `${server.url}/v1/predict`;
  const bundle = await openBundle(lab.model);
  session = await openSession(bundle.graph, { threads: 1 });
  predictor = createPredictor(bundle.manifest, session.run);
  photo = await draw("#d02010");
});
after(async () => {
  await session.close();
  await lab.close();
});

const draw = (background: string, width = 40, height = 30) =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();

const PAN = {
  name: "Pan, The (cast iron)",
  details: "Steel, not wood",
  reviews: [{ user: "ada", stars: 9 }],
};

interface Scored {
  readonly scores: Prediction["scores"];
}

/** Equal but for the last bits, which may differ where an item is run in another batch. */
async function assertAnswers(answers: readonly Scored[], items: readonly Item[]): Promise<void> {
  const expected = await predictor.predict(items);
  assert.equal(answers.length, items.length);
  for (const [i, { scores }] of answers.entries()) {
    for (const [s, { label, probability }] of scores.entries()) {
      assert.equal(label, expected[i]!.scores[s]!.label);
      assert.ok(Math.abs(probability - expected[i]!.scores[s]!.probability) < 1e-6);
    }
  }
}

function predict(...args: string[]) {
  return start("serve/predict.ts", ["--model", lab.model, ...args]).finished;
}

async function lines(path: string) {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

test("JSON: every input under its name, alone and together, one item and several", async () => {
  const image = await decodePoster(photo);
  const base64 = photo.toString("base64");
  for (const text of [base64, `data:image/png;base64,${base64}`]) {
    const { status, json } = await post(url, { ...PAN, photo: text });
    assert.equal(status, 200);
    await assertAnswers([json], [{ ...PAN, photo: image }]);
    assert.deepEqual([json.genres, json.labels], [json.scores, json.selected]);
  }
  const parts = Object.entries({ ...PAN, photo: base64 }).map(([name, value]) => ({
    [name]: value,
  }));
  const { status, json } = await post(url, parts);
  assert.equal(status, 200);
  await assertAnswers(json.predictions, [
    { name: PAN.name },
    { details: PAN.details },
    { reviews: PAN.reviews },
    { photo: image },
  ]);
});

test("an image larger than the threads take, and one sent again, of an input of any name", async () => {
  const large = await draw("#2010d0", 1300, 1300);
  const decoded = await decodePoster(large);
  const counts = async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const value = (metric: string) =>
      Number(new RegExp(`^${metric} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
    return {
      hits: value('marquee_poster_cache_total\\{outcome="hit"\\}'),
      decoded: value('marquee_stage_seconds_count\\{stage="decode"\\}'),
    };
  };
  const before = await counts();
  for (let time = 0; time < 2; time++) {
    const { status, json } = await post(url, { photo: large.toString("base64") });
    assert.equal(status, 200);
    await assertAnswers([json], [{ photo: decoded }]);
    assert.deepEqual(await counts(), { hits: before.hits + time, decoded: before.decoded + 1 });
  }
});

test("forms: one item with its file, and several with a file each", async () => {
  const image = await decodePoster(photo);
  const form = new FormData();
  form.set("name", PAN.name);
  form.set("reviews", JSON.stringify(PAN.reviews));
  form.set("photo", new Blob([new Uint8Array(photo)]), "a.jpg");
  const single = await fetch(url, { method: "POST", body: form });
  assert.equal(single.status, 200);
  await assertAnswers(
    [(await single.json()) as Scored],
    [{ name: PAN.name, reviews: PAN.reviews, photo: image }],
  );

  const several = new FormData();
  several.set("items", JSON.stringify([{ name: "Pan" }, {}, { details: "wood" }]));
  several.set("photos[1]", new Blob([new Uint8Array(photo)]), "b");
  const response = await fetch(url, { method: "POST", body: several });
  assert.equal(response.status, 200);
  const { predictions } = (await response.json()) as { predictions: Scored[] };
  await assertAnswers(predictions, [{ name: "Pan" }, { photo: image }, { details: "wood" }]);
});

test("explain: by input and by the words of each text", async () => {
  const { json } = await post(url, { ...PAN, photo: photo.toString("base64"), explain: true });
  const item = { ...PAN, photo: await decodePoster(photo) };
  const { prediction, inputs } = await explainItem(predictor, item);
  assert.deepEqual(Object.keys(json.explanation.inputs), Object.keys(inputs));
  assert.deepEqual(Object.keys(inputs), ["name", "details", "photo", "reviews"]);
  for (const [name, { weight, scores }] of Object.entries<{
    weight: number;
    scores: { label: string; alone: number }[];
  }>(json.explanation.inputs)) {
    assert.ok(Math.abs(weight - prediction.inputWeights[name]!) < 1e-6);
    for (const { label, alone } of scores) {
      const expected = inputs[name]!.alone.scores.find((score) => score.label === label)!;
      assert.ok(Math.abs(alone - expected.probability) < 1e-6);
    }
  }
  const words = (name: string) =>
    json.explanation.attention[name].map(({ part }: { part: string }) => part);
  assert.deepEqual(words("name"), ["the", "pan", "cast", "iron"]);
  assert.deepEqual(words("details"), ["steel", "not", "wood"]);
});

test("errors name the bundle's own fields, items and lists", async () => {
  const empty = "is empty; give at least one of name, details, photo and reviews";
  const cases: [body: unknown, field: string, detail: RegExp][] = [
    [{}, "body", RegExp(`^${empty}$`)],
    [{ reviews: [] }, "body", RegExp(`^${empty}$`)],
    [{ title: "Heat" }, "title", /^is not a field here$/],
    [{ poster: "AAAA" }, "poster", /^is not a field here$/],
    [{ name: ["a"] }, "name", /is a list, expected a text/],
    [{ details: "x".repeat(201) }, "details", /has more than 200 characters/],
    [{ photo: "!" }, "photo", /^is not base64$/],
    [{ photo: "QUJD" }, "photo", /^cannot be decoded as an image/],
    [[{ name: "x" }, { photo: "QUJD" }], "items[1].photo", /^cannot be decoded as an image/],
    [[{ name: "x" }, { photo: "!" }], "items[1].photo", /^is not base64$/],
    [[{ name: "x" }, {}], "items[1]", RegExp(`^${empty}$`)],
    [{ reviews: [{ user: "ada", stars: 11 }] }, "reviews[0].stars", /^11 is outside 1 to 10$/],
    [{ reviews: new Array(5).fill({ stars: 3 }) }, "reviews", /has more than 4 items/],
  ];
  for (const [body, field, detail] of cases) {
    const { status, json } = await post(url, body);
    assert.equal(status, 422, JSON.stringify(body));
    assert.equal(json.errors[0].field, field);
    assert.match(json.errors[0].detail, detail);
  }
});

test("a number that has lost digits is no text: JSON has more of them than are read", async () => {
  const items = '{"name":"Pan"},{"details":1234567890123456789}';
  const { status, json } = await post(url, `[${items}]`);
  assert.equal(status, 422);
  assert.match(json.detail, /^items\[1\]\.details: is a number beyond .*; write it in quotes/);
  const quoted = await post(url, `[${items.replace(/\d+/, '"$&"')}]`);
  assert.equal(quoted.status, 200);
});

test("errors of forms name the bundle's own files", async () => {
  const file = new Blob([new Uint8Array(photo)]);
  const pan = JSON.stringify([{ name: "Pan" }]);
  const cases: [parts: [string, string | Blob][], field: string, detail: RegExp][] = [
    [[["poster", file]], "poster", /^is not a file of this form; name it "photo"$/],
    [[["name", file]], "name", /^is a file; send text in this field$/],
    [[["photo", "text"]], "photo", /^is text; send it as a file of the form$/],
    [
      [
        ["photo", file],
        ["photo", file],
      ],
      "photo",
      /^is a second file; for several products, send a field "items" and files "photos\[0\]"/,
    ],
    [[["photos[0]", file]], "items", /^is missing beside the photos$/],
    [[["movies", pan]], "movies", /^is not a field here$/],
    [
      [
        ["items", pan],
        ["name", "Pan"],
      ],
      "name",
      /^is not a field beside "items"; put it into the products$/,
    ],
    [
      [
        ["items", pan],
        ["photos[1]", file],
      ],
      "photos[1]",
      /^belongs to no product; the files of 1 products are named photos\[0\] to photos\[0\]$/,
    ],
    [[["reviews", "["]], "reviews", /^is not JSON/],
  ];
  for (const [parts, field, detail] of cases) {
    const form = new FormData();
    for (const [name, value] of parts) form.append(name, value);
    const response = await fetch(url, { method: "POST", body: form });
    assert.equal(response.status, 422, field);
    const { errors } = (await response.json()) as { errors: { field: string; detail: string }[] };
    assert.equal(errors[0]!.field, field);
    assert.match(errors[0]!.detail, detail);
  }
});

test("OpenAPI has the bundle's fields and nouns, and its examples are accepted", async () => {
  const text = await (await fetch(`${server.url}/openapi.json`)).text();
  const { info, paths, components } = JSON.parse(text);
  assert.equal(info.title, "Marquee: shop");
  assert.equal(
    info.description,
    "Predicts the departments of products from name, details, photo and reviews.",
  );
  const { Item: item, ItemForm: form } = components.schemas;
  const own = ["allowEmpty", "details", "explain", "name", "photo", "reviews", "threshold", "topK"];
  assert.deepEqual(Object.keys(item.properties).sort(), own);
  assert.deepEqual(Object.keys(form.properties).sort(), own);
  assert.equal(item.properties.name.anyOf[0].maxLength, 200);
  assert.equal(item.properties.photo.anyOf[0].contentEncoding, "base64");
  assert.equal(form.properties.photo.format, "binary");
  assert.equal(item.properties.reviews.anyOf[0].maxItems, 4);
  const { stars } = components.schemas.Rating_reviews.properties;
  assert.deepEqual([stars.minimum, stars.maximum], [1, 10]);
  const groups = components.schemas.Answer.properties.explanation.properties.inputs;
  for (const name of ["name", "details", "photo", "reviews"]) {
    assert.ok(JSON.stringify(groups).includes(name), name);
  }
  // Nothing speaks of movies, but for the names of version 0.1.
  assert.doesNotMatch(
    text.replaceAll('"genres"', "").replaceAll("titleAttention", ""),
    /movie|genre|poster/i,
  );
  const { summary, requestBody } = paths["/v1/predict"].post;
  assert.equal(summary, "Departments of one product, or of several");
  const examples = Object.values<{ value: object }>(
    requestBody.content["application/json"].examples,
  );
  assert.equal(examples.length, 4);
  for (const { value } of examples) {
    const { status, json } = await post(url, value);
    assert.equal(status, 200, JSON.stringify(json));
  }
  // Each input is in one, with a value that says something.
  const { json } = await post(url, { ...examples[0]!.value, explain: true });
  assert.deepEqual(Object.keys(json.explanation.inputs), ["name", "details", "photo", "reviews"]);
});

test("a bundle without an image takes no files, and says items and labels", async () => {
  const path = join(lab.root, "models", "texts");
  await publishShop(path, { inputs: ["name", "details"] });
  const texts = await lab.serve({ model: path });
  const answer = await post(`${texts.url}/v1/predict`, [{ name: "Pan" }, { details: "wood" }]);
  assert.equal(answer.status, 200);
  const { json } = await post(`${texts.url}/v1/predict`, {});
  assert.equal(json.errors[0].detail, "is empty; give at least one of name and details");
  const form = new FormData();
  form.set("name", "Pan");
  form.set("photo", new Blob([new Uint8Array(photo)]));
  const refused = await fetch(`${texts.url}/v1/predict`, { method: "POST", body: form });
  assert.equal(refused.status, 422);
  assert.match(await refused.text(), /photo: is a file; the model takes none/);
  const { info } = JSON.parse(await (await fetch(`${texts.url}/openapi.json`)).text());
  assert.equal(info.description, "Predicts the labels of items from name and details.");
});

test("a bundle whose input has the name of something else in requests is not served", async () => {
  const path = join(lab.root, "models", "ambiguous");
  const { files: _, ...manifest } = sampleManifest();
  const inputs = { id: manifest.inputs.title! };
  await publishBundle(path, { ...manifest, inputs }, { "model.onnx": "none" });
  const message = /sample has an input "id", which means something else in requests/;
  await assert.rejects(lab.serve({ model: path }), message);
  const input = join(lab.root, "ambiguous.jsonl");
  await writeFile(input, '{"id":1}\n');
  const args = ["--model", path, "--input", input, "--output", join(lab.root, "ambiguous.out")];
  const { code, stderr } = await start("serve/predict.ts", args).finished;
  assert.equal(code, 1);
  assert.match(stderr, message);
});

test("raw tensors and the model's description, as of any bundle", async () => {
  const features = predictor.encode({ ...PAN, photo: await decodePoster(photo) });
  const tensors = collate([features], predictor.inputs);
  const types = { float32: "FP32", int32: "INT32", uint8: "UINT8" };
  const { status, json } = await post(`${server.url}/v2/models/shop/infer`, {
    inputs: Object.entries(tensors).map(([name, { type, dims, data }]) => ({
      name,
      datatype: types[type],
      shape: dims,
      data: Array.from(data),
    })),
    outputs: [{ name: "probabilities" }],
  });
  assert.equal(status, 200);
  const probabilities = await predictor.outputs([features]);
  for (const [i, probability] of (json.outputs[0].data as number[]).entries()) {
    assert.ok(Math.abs(probability - probabilities[i]!) < 1e-6);
  }
  const model = await (await fetch(`${server.url}/v1/model`)).json();
  const { manifest } = model as { manifest: { inputs: object; nouns: object } };
  assert.deepEqual(Object.keys(manifest.inputs), ["name", "details", "photo", "reviews"]);
  assert.deepEqual(manifest.nouns, NOUNS);
  const { code, stderr } = await start("serve/triton/main.ts", [
    "--model",
    lab.model,
    "--out",
    join(lab.root, "triton"),
  ]).finished;
  assert.equal(code, 0, stderr);
  const config = await readFile(join(lab.root, "triton", "shop", "config.pbtxt"), "utf8");
  assert.match(config, /invented products/);
  assert.match(config, /Products of a batch must have the same number of reviews/);
});

test("a CSV file: columns in any case, files by name and by id, and rejects with the fields", async () => {
  const photos = join(lab.root, "photos");
  await mkdir(photos);
  await writeFile(join(photos, "7.png"), photo);
  await writeFile(join(photos, "named.png"), photo);
  await writeFile(join(photos, "broken.png"), "no image");
  const input = join(lab.root, "products.csv");
  const output = join(lab.root, "csv.jsonl");
  await writeFile(
    input,
    [
      "ID,Name,details,PHOTO,reviews,year",
      "7,Pan,steel,,,",
      '8,,,named.png,"[{""user"":""bo"",""stars"":2}]",1999',
      "9,,,,,",
      "10,Pan,,broken.png,,",
      "11,Pan,,,[,",
      '12,Pan,,,"[{""stars"":0}]",',
    ].join("\n"),
  );
  const { code, stderr } = await predict(
    ...["--input", input, "--output", output, "--photos", photos],
  );
  assert.equal(code, 0, stderr);
  assert.match(stderr, /"year" is not one of id, name, details, photo, reviews, and is ignored/);
  const answers = await lines(output);
  assert.deepEqual(
    answers.map(({ id }) => id),
    ["7", "8"],
  );
  const image = await decodePoster(photo);
  await assertAnswers(answers, [
    { name: "Pan", details: "steel", photo: image },
    { photo: image, reviews: [{ user: "bo", stars: 2 }] },
  ]);
  const rejects = await lines(`${output}.rejects`);
  assert.deepEqual(
    rejects.map(({ id, field }) => [id, field]),
    [
      ["9", "row"],
      ["10", "photo"],
      ["11", "reviews"],
      ["12", "reviews[0].stars"],
    ],
  );
  assert.equal(
    rejects[0].reason,
    "is empty; give at least one of name, details, photo and reviews",
  );
});

test("a JSON Lines file, and a misspelt column", async () => {
  const input = join(lab.root, "products.jsonl");
  const output = join(lab.root, "jsonl.jsonl");
  await writeFile(
    input,
    `{"id":1,"name":"Pan","reviews":[{"user":"ada","stars":9}]}\n{"detials":"wood"}\n{"details":"wood"}\n`,
  );
  const { code, stderr } = await predict("--input", input, "--output", output);
  assert.equal(code, 0, stderr);
  await assertAnswers(await lines(output), [
    { name: "Pan", reviews: PAN.reviews },
    { details: "wood" },
  ]);
  const [reject] = await lines(`${output}.rejects`);
  assert.match(reject.reason, /^is empty; give at least one of name, details/);

  const csv = join(lab.root, "misspelt.csv");
  await writeFile(csv, "id,name,reviws\n1,Pan,\n");
  const refused = await predict("--input", csv, "--output", join(lab.root, "none"));
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /:1: the column "reviws" is not known; did you mean "reviews"\?/);
});

test("npm run predict has an option for each input, and answers as the server does", async () => {
  const [image, ratings] = [join(lab.root, "one.png"), join(lab.root, "one.csv")];
  await writeFile(image, photo);
  await writeFile(ratings, "user,stars\nada,9\n");
  const { code, stdout, stderr } = await predict(
    ...["--name", PAN.name, "--details", PAN.details, "--photo", image, "--reviews", ratings],
    "--json",
  );
  assert.equal(code, 0, stderr);
  const answer = JSON.parse(stdout);
  await assertAnswers([answer], [{ ...PAN, photo: await decodePoster(photo) }]);
  assert.equal(answer.scores.length, SHOP_LABELS.length);

  const shown = await predict("--name", "Pan");
  assert.match(shown.stdout, /at or above the department's threshold/);
  assert.match(shown.stdout, /trained on invented products/);

  const help = await predict("--help");
  assert.equal(help.code, 0);
  assert.deepEqual(
    [...help.stdout.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, flag]) => flag),
    [
      ...["--model", "--precision", "--name", "--details", "--photo", "--reviews", "--top"],
      "--allow-empty",
      ...["--json", "--input", "--photos", "--missing-photo"],
      ...["--output", "--rejects", "--overwrite"],
      ...["--shards", "--shard-rows", "--workers", "--format", "--queue", "--storage", "--merge"],
    ],
  );
  assert.doesNotMatch(help.stdout.replaceAll("models/", ""), /movie|genre|poster|title/);
});

test("npm run predict refuses what the bundle does not have, by its own names", async () => {
  const cases: [args: string[], message: RegExp][] = [
    [
      [],
      /^error: product: is empty; give at least one of --name, --details, --photo and --reviews$/m,
    ],
    [["--name", " ... "], /^error: product: is empty; give at least one of --name/],
    [["--name", "caf\uFFFD"], /^error: name: is not UTF-8 after "caf"/],
    [["--title", "x"], /^error: unknown option '--title'/],
    [["--photo", "none.png"], /^error: photo: none\.png does not exist$/m],
    [["--reviews", "none.csv"], /^error: reviews: none\.csv does not exist$/m],
    [["--name", "x", "--photos", "y"], /^error: --photos: needs --input/],
    [["--input", "x.csv", "--output", "y", "--name", "x"], /^error: --name: is not for --input/],
  ];
  const ends = await Promise.all(cases.map(([args]) => predict(...args)));
  for (const [i, { code, stderr }] of ends.entries()) {
    assert.equal(code, 2, stderr);
    assert.match(stderr, cases[i]![1]);
  }
});
