/** /v1/predict on a real server: every form of request gives the predictor's own answer. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { openBundle } from "../../../node/bundle.ts";
import { decodePoster } from "../../../node/poster.ts";
import { openSession, type Session } from "../../../node/session.ts";
import type { AttendedPart } from "../../../predictor/answerTypes.ts";
import { explainItem } from "../../../predictor/explain.ts";
import { createPredictor, type Prediction, type Predictor } from "../../../predictor/predictor.ts";
import type { Server } from "../../../serve/server.ts";
import { createLab, type Lab, post } from "../server.ts";

let lab: Lab;
let server: Server;
let session: Session;
let predictor: Predictor;
let url: string;

before(async () => {
  lab = await createLab();
  server = await lab.serve();
  url = `${server.url}/v1/predict`;
  const bundle = await openBundle(lab.model);
  session = await openSession(bundle.graph, { threads: 1 });
  predictor = createPredictor(bundle.manifest, session.run);
});
after(async () => {
  await session.close();
  await lab.close();
});

interface ScoredAnswer {
  readonly scores: Prediction["scores"];
}

/** Equal but for the last bits, which may differ where a movie is run in another batch. */
function assertSame(actual: ScoredAnswer, expected: ScoredAnswer): void {
  assert.deepEqual(
    actual.scores.map(({ label, selected }) => ({ label, selected })),
    expected.scores.map(({ label, selected }) => ({ label, selected })),
  );
  for (const [i, { probability }] of actual.scores.entries()) {
    const difference = Math.abs(probability - expected.scores[i]!.probability);
    assert.ok(difference < 1e-6, `differs by ${difference}`);
  }
}

/** Two halves of different colours: a rotation or a lost channel changes the answer. */
const picture = () =>
  sharp({ create: { width: 60, height: 80, channels: 3, background: "#d02010" } }).composite([
    {
      input: { create: { width: 60, height: 40, channels: 3, background: "#1030e0" } },
      left: 0,
      top: 0,
    },
  ]);

const MOVIE = {
  title: "War hunter (1962)",
  ratings: [
    { user: "u1", stars: 5 },
    { user: "u4", stars: 2 },
    { gender: "F", age: 30, occupation: 3, stars: 4 },
  ],
} as const;

test("a movie in JSON: title, year, ratings, and a poster as base64 or data URL", async () => {
  const file = await picture().jpeg().toBuffer();
  const movie = { ...MOVIE, year: 1970, poster: await decodePoster(file) };
  const [expected] = await predictor.predict([movie]);
  const base64 = file.toString("base64");
  for (const poster of [base64, `data:image/jpeg;base64,${base64}`, base64.replace(/=+$/, "")]) {
    const { status, json } = await post(url, { ...MOVIE, year: 1970, poster });
    assert.equal(status, 200);
    assertSame(json, expected!);
    assert.deepEqual(
      json.selected,
      expected!.scores.filter(({ selected }) => selected).map(({ label }) => label),
    );
    assert.equal(json.model.name, "tiny");
    assert.match(json.model.version, /^[0-9a-f]{12}$/);
    assert.equal(json.model.synthetic, true);
  }
});

test("each input alone is enough; user ids may be numbers", async () => {
  const file = await picture().png().toBuffer();
  for (const part of [
    { title: MOVIE.title },
    { year: 1999 },
    { poster: file.toString("base64") },
    { ratings: MOVIE.ratings },
  ]) {
    assert.equal((await post(url, part)).status, 200, Object.keys(part).join());
  }
  const { status, json } = await post(url, { ratings: [{ user: 12345, stars: 3 }] });
  assert.equal(status, 200);
  const [unknown] = await predictor.predict([{ ratings: [{ user: "12345", stars: 3 }] }]);
  assertSame(json, unknown!);
});

test("an array is answered in its order, each with its own options", async () => {
  const movies = [
    { title: "love cat", topK: 1 },
    { title: "steel war", threshold: 0 },
    { ...MOVIE, threshold: 1, explain: true },
  ];
  const { status, json } = await post(url, movies);
  assert.equal(status, 200);
  const expected = await predictor.predict(movies);
  const [first, second, third] = json.predictions;
  assert.equal(first.scores.length, 1);
  assert.equal(first.scores[0].label, expected[0]!.scores[0]!.label);
  assert.deepEqual([...second.labels].sort(), ["Action", "Comedy", "Drama"]);
  assert.deepEqual(third.labels, []);
  assert.ok(third.explanation && !first.explanation);
});

test("explain: each input's contribution and the attention over the title's words", async () => {
  const { json } = await post(url, { ...MOVIE, explain: true, topK: 2 });
  const expected = await explainItem(predictor, MOVIE);
  const { inputs, attention, titleAttention } = json.explanation;
  assert.deepEqual(Object.keys(inputs), ["title", "ratings"]);
  for (const [name, { weight, scores }] of Object.entries<{
    weight: number;
    scores: { label: string; contribution: number; without: number; alone: number }[];
  }>(inputs)) {
    const input = name as "title" | "ratings";
    assert.ok(Math.abs(weight - expected.prediction.inputWeights[input]!) < 1e-6);
    assert.equal(scores.length, 2);
    for (const { label, contribution, without, alone } of scores) {
      const of = (prediction: Prediction) =>
        prediction.scores.find((genre) => genre.label === label)!.probability;
      const effect = expected.inputs[input]!;
      assert.ok(Math.abs(without - of(effect.without)) < 1e-6);
      assert.ok(Math.abs(alone - of(effect.alone)) < 1e-6);
      assert.ok(Math.abs(contribution - (of(expected.prediction) - without)) < 1e-6);
    }
  }
  assert.deepEqual(Object.keys(attention), ["title"]);
  const parts: AttendedPart[] = attention.title;
  assert.deepEqual(
    parts.map(({ part }) => part),
    ["war", "hunter"],
  );
  for (const [i, { weight }] of parts.entries()) {
    assert.ok(Math.abs(weight - expected.prediction.attention.title![i]!.weight) < 1e-6);
  }
  // Under its name of version 0.1, too.
  assert.deepEqual(
    titleAttention,
    parts.map(({ part, weight }) => ({ word: part, weight })),
  );
});

test("forms: one movie with its poster, and several with a file each", async () => {
  const jpeg = await picture().jpeg().toBuffer();
  const png = await picture().negate().png().toBuffer();
  const form = new FormData();
  form.set("title", MOVIE.title);
  form.set("ratings", JSON.stringify(MOVIE.ratings));
  form.set("topK", "2");
  form.set("poster", new Blob([new Uint8Array(jpeg)]), "wrong-name.png");
  const single = await fetch(url, { method: "POST", body: form });
  assert.equal(single.status, 200);
  const [expected] = await predictor.predict([{ ...MOVIE, poster: await decodePoster(jpeg) }]);
  assertSame((await single.json()) as ScoredAnswer, { scores: expected!.scores.slice(0, 2) });

  const several = new FormData();
  several.set("movies", JSON.stringify([{ title: "cat" }, { title: "war" }, {}]));
  several.set("posters[2]", new Blob([new Uint8Array(png)]), "b");
  several.set("posters[0]", new Blob([new Uint8Array(jpeg)]), "a");
  const response = await fetch(url, { method: "POST", body: several });
  assert.equal(response.status, 200);
  const { predictions } = (await response.json()) as { predictions: ScoredAnswer[] };
  const answers = await predictor.predict([
    { title: "cat", poster: await decodePoster(jpeg) },
    { title: "war" },
    { poster: await decodePoster(png) },
  ]);
  for (const [i, answer] of answers.entries()) assertSame(predictions[i]!, answer);
});

const FORMATS: [name: string, file: () => Promise<Buffer>][] = [
  ["JPEG", () => picture().jpeg().toBuffer()],
  ["greyscale JPEG", () => picture().greyscale().jpeg().toBuffer()],
  ["CMYK JPEG", () => picture().toColourspace("cmyk").jpeg().toBuffer()],
  ["PNG with alpha", () => picture().ensureAlpha(0.5).png().toBuffer()],
  ["greyscale PNG", () => picture().greyscale().toColourspace("b-w").png().toBuffer()],
  ["16-bit PNG", () => picture().toColourspace("rgb16").png().toBuffer()],
  ["WebP", () => picture().webp().toBuffer()],
  ["AVIF", () => picture().avif().toBuffer()],
  ["GIF", () => picture().gif().toBuffer()],
];
for (const [name, file] of FORMATS) {
  test(`poster: ${name}`, async () => {
    const bytes = await file();
    const { status, json } = await post(url, { poster: bytes.toString("base64") });
    assert.equal(status, 200);
    const [expected] = await predictor.predict([{ poster: await decodePoster(bytes) }]);
    assertSame(json, expected!);
  });
}

test("poster: EXIF orientation is respected", async () => {
  const upright = await picture().png().toBuffer();
  const turned = await sharp(upright).rotate(90).withMetadata({ orientation: 8 }).png().toBuffer();
  const sideways = await sharp(upright).rotate(90).png().toBuffer();
  const ask = async (file: Buffer) => (await post(url, { poster: file.toString("base64") })).json;
  const expected = await ask(upright);
  assertSame(await ask(turned), expected);
  assert.notDeepEqual((await ask(sideways)).scores, expected.scores);
});

test("a poster that was sent before is not decoded again", async () => {
  const poster = (await picture().blur(3).png().toBuffer()).toString("base64");
  const count = async (outcome: string) => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(
      new RegExp(`marquee_poster_cache_total\\{outcome="${outcome}"\\} (\\d+)`).exec(text)?.[1] ??
        0,
    );
  };
  const [hits, misses] = [await count("hit"), await count("miss")];
  const first = await post(url, { poster });
  const second = await post(url, { poster });
  assert.deepEqual(second.json, first.json);
  assert.equal(await count("hit"), hits + 1);
  assert.equal(await count("miss"), misses + 1);
});

test("concurrent requests run in batches, and each gets the answer that it would get alone", async () => {
  const movies = Array.from({ length: 60 }, (_, i) => ({
    title: ["war", "love", "cat", "steel fist"][i % 4]!,
    year: 1950 + i,
    ratings: Array.from({ length: i % 7 }, (_, k) => ({ user: `u${k}`, stars: 1 + (i % 5) })),
  }));
  const answers = await Promise.all(movies.map((movie) => post(url, movie)));
  const expected = await Promise.all(movies.map(async (movie) => predictor.predict([movie])));
  for (const [i, { status, json }] of answers.entries()) {
    assert.equal(status, 200);
    assertSame(json, expected[i]![0]!);
  }
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`${name} (\\d+)`).exec(metrics)![1]);
  const [batches, rows] = [value("marquee_batch_rows_count"), value("marquee_batch_rows_sum")];
  assert.ok(rows > batches, `${rows} movies in ${batches} batches`);
});
