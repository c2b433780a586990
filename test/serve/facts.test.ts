/**
 * What a movie may say follows from the served model's data: in HTTP, OpenAPI, batches and CSV alike, and after a
 * reload.
 */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../../node/bundle.ts";
import { openSession } from "../../node/session.ts";
import { movieInputs } from "../../predictor/movie.ts";
import { createPredictor, type Prediction } from "../../predictor/predictor.ts";
import { RELEASE_YEARS } from "../../predictor/preprocess/title.ts";
import { readRatingsFile } from "../../serve/core/inputs/ratingsFile.ts";
import { start } from "../pipeline/run/tinyRun.ts";
import { createLab, type Lab, post, publishTiny } from "./server.ts";

let lab: Lab;
let predict: (gender: string) => Promise<Prediction>;
before(async () => {
  lab = await createLab(["fp32"], ["female", "male"]);
  const bundle = await openBundle(lab.model);
  const session = await openSession(bundle.graph, { threads: 1 });
  const predictor = createPredictor(bundle.manifest, session.run);
  predict = async (gender) =>
    (await predictor.predict([{ ratings: [{ gender, age: 20, stars: 5 }] }]))[0]!;
});
after(() => lab.close());

/** Given, and as the bundle spells it; undefined: refused. */
const GENDERS: [given: string, known: string | undefined][] = [
  ["female", "female"],
  ["male", "male"],
  ["FEMALE", "female"],
  ["Male", "male"],
  ["F", undefined],
  ["", undefined],
];
const refusal = (given: string) => `"${given}" is not one of female, male`;

function assertSame(scores: Prediction["scores"], expected: Prediction): void {
  for (const [i, { label, probability }] of expected.scores.entries()) {
    assert.equal(scores[i]!.label, label);
    assert.ok(Math.abs(scores[i]!.probability - probability) < 1e-6);
  }
}

test("HTTP takes the genders of the model's data, and names those it does not take", async () => {
  const { url } = await lab.serve();
  for (const [given, known] of GENDERS) {
    const ratings = [{ gender: given, age: 20, stars: 5 }];
    const { status, json } = await post(`${url}/v1/predict`, [{ title: "x" }, { ratings }]);
    if (known === undefined) {
      assert.equal(status, 422);
      assert.deepEqual(json.errors, [
        { field: "movies[1].ratings[0].gender", detail: refusal(given) },
      ]);
    } else {
      assert.equal(status, 200);
      assertSame(json.predictions[1].scores, await predict(known));
    }
  }
});

test("every rating that is wrong is named, each by the predictor's words", async () => {
  const { url } = await lab.serve({ maxRatings: 4 });
  const ratings = [
    { gender: "X", stars: 3 },
    { user: "u1", stars: 9 },
    { user: "u2", stars: 3 },
    { occupation: 1, stars: 3 },
  ];
  const { json } = await post(`${url}/v1/predict`, { ratings, year: 1887 });
  const { min, max } = RELEASE_YEARS;
  assert.deepEqual(json.errors, [
    { field: "year", detail: `1887 is not a whole number from ${min} to ${max}` },
    { field: "ratings[0].gender", detail: refusal("X") },
    { field: "ratings[1].stars", detail: "9 is outside 1 to 5" },
    { field: "ratings[3].occupation", detail: "1 is not one of 0, 3" },
  ]);
});

test("every wrong field of one rating is named", async () => {
  const { url } = await lab.serve();
  const { status, json } = await post(`${url}/v1/predict`, {
    ratings: [{ gender: "x", age: 151, occupation: 0.5, stars: 9 }],
  });
  assert.equal(status, 422);
  assert.deepEqual(json.errors, [
    { field: "ratings[0].stars", detail: "9 is outside 1 to 5" },
    { field: "ratings[0].age", detail: "151 is not an age in years, 0 to 150" },
    { field: "ratings[0].gender", detail: refusal("x") },
    { field: "ratings[0].occupation", detail: "0.5 is not a code, a whole number from 0" },
  ]);
});

test("batches take and refuse the same, as JSON Lines and as CSV", async () => {
  for (const kind of ["jsonl", "csv"]) {
    const input = join(lab.root, `genders.${kind}`);
    const output = join(lab.root, `genders-${kind}.out`);
    const rows = GENDERS.map(([gender]) => JSON.stringify([{ gender, age: 20, stars: 5 }]));
    const lines =
      kind === "jsonl"
        ? rows.map((ratings) => `{"ratings":${ratings}}`)
        : ["ratings", ...rows.map((ratings) => `"${ratings.replaceAll('"', '""')}"`)];
    await writeFile(input, `${lines.join("\n")}\n`);
    const args = ["--model", lab.model, "--input", input, "--output", output];
    const { code, stderr } = await start("serve/predict.ts", args).finished;
    assert.equal(code, 0, stderr);
    const read = async (path: string) =>
      (await readFile(path, "utf8"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    const known = GENDERS.flatMap(([, spelt]) => spelt ?? []);
    for (const [i, { scores }] of (await read(output)).entries()) {
      assertSame(scores, await predict(known[i]!));
    }
    assert.deepEqual(
      (await read(`${output}.rejects`)).map(({ field, reason }) => [field, reason]),
      GENDERS.filter(([, spelt]) => spelt === undefined).map(([given]) => [
        "ratings[0].gender",
        refusal(given),
      ]),
    );
  }
});

test("a CSV file of ratings takes and refuses the same", async () => {
  const { manifest } = await openBundle(lab.model);
  const path = join(lab.root, "ratings.csv");
  for (const [given, known] of GENDERS) {
    // An empty cell is no gender.
    if (given === "") continue;
    await writeFile(path, `gender,age,stars\n${given},20,5\n`);
    const ratings = readRatingsFile(path, movieInputs(manifest.inputs).ratings);
    if (known === undefined) await assert.rejects(ratings, { message: new RegExp(refusal(given)) });
    else assert.deepEqual(await ratings, [{ gender: known, age: 20, stars: 5 }]);
  }
});

test("OpenAPI says what the model's data has, and both follow a new model", async () => {
  const path = join(lab.root, "models", "changing");
  await publishTiny(path, 1, ["fp32"], ["female", "male"]);
  const server = await lab.serve({ model: path, maxRatings: 5000 });
  const api = async () => JSON.parse(await (await fetch(`${server.url}/openapi.json`)).text());
  const ask = async (gender: string) =>
    (await post(`${server.url}/v1/predict`, { ratings: [{ gender, stars: 3 }] })).status;
  const { schemas } = (await api()).components;
  // Beside null, which stands for what is not given.
  const { stars } = schemas.Rating.properties;
  const [gender, age, occupation] = ["gender", "age", "occupation"].map(
    (name) => schemas.Rating.properties[name].anyOf[0],
  );
  assert.deepEqual(gender.enum, ["female", "male"]);
  assert.deepEqual(occupation.enum, [0, 3]);
  assert.deepEqual([occupation.type, age.minimum, age.maximum], ["integer", 0, 150]);
  assert.deepEqual([stars.minimum, stars.maximum], [1, 5]);
  const [year, ratings] = ["year", "ratings"].map(
    (name) => schemas.Movie.properties[name].anyOf[0],
  );
  const { min, max } = RELEASE_YEARS;
  assert.deepEqual([year.type[0], year.minimum, year.maximum], ["integer", min, max]);
  // The bundle's own limit, which is below the server's.
  assert.equal(ratings.maxItems, 100);
  assert.deepEqual([await ask("female"), await ask("W")], [200, 422]);

  await publishTiny(path, 2, ["fp32"], ["W", "M"]);
  await server.models.default.reload();
  assert.deepEqual((await api()).components.schemas.Rating.properties.gender.anyOf[0].enum, [
    "W",
    "M",
  ]);
  assert.deepEqual([await ask("female"), await ask("w")], [422, 200]);
});
