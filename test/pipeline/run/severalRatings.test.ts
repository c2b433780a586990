/** The whole program on two tables of ratings, whose users are not the same people: trained, reported, and served. */

import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../../../node/bundle.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import type { RatingsSpec } from "../../../predictor/inputs/ratings.ts";
import { createLabOf, type Lab, post } from "../../serve/server.ts";
import { start } from "./tinyRun.ts";

const ITEMS = 120;
const USERS = 12;
const TABLES = ["reviews", "likes"] as const;
const KINDS = ["tent", "lamp"] as const;

const tableOf = (name: string) => ({
  type: "ratings",
  table: `${name}.csv`,
  ...{ item: "item", user: "who", value: "points" },
});
/** What is known of those who review; nothing is of those who like. */
const REVIEWERS = {
  table: "reviewers.csv",
  id: "who",
  columns: { gender: "sex", age: "years" },
};
const DESCRIPTION = {
  name: "gear",
  items: "items.csv",
  id: "id",
  inputs: {
    name: { type: "text" },
    reviews: { ...tableOf("reviews"), users: REVIEWERS },
    likes: tableOf("likes"),
  },
  target: { type: "class", column: "kind" },
  split: { test: 0.25, seed: 2 },
};

let root: string;
let lab: Lab;
let stdout: string;
let stderr: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-two-ratings-"));
  await writeData(join(root, "data"));
  const result = await start("pipeline/main.ts", [
    ...["--data", join(root, "data"), "--out", join(root, "out"), "--cache", join(root, "cache")],
    ...["--no-log", "--backend", "wasm", "--threads", "1", "--seed", "3"],
    ...["--folds", "2", "--fold-workers", "1"],
    ...TABLES.flatMap((name) => [`--${name}-dimensions`, "8", `--${name}-units`, "16"]),
    ...TABLES.flatMap((name) => [`--${name}-epochs`, "20", `--${name}-learning-rate`, "0.02"]),
  ]).finished;
  assert.equal(result.code, 0, result.stderr);
  ({ stdout, stderr } = result);
  lab = await createLabOf((path) => cp(join(root, "out"), path, { recursive: true }));
});
after(async () => {
  await lab?.close();
  await rm(root, { recursive: true, force: true });
});

/**
 * In `reviews`, users of even numbers rate tents, in `likes` they rate lamps. Every third item lacks one of them. Points
 * are from 1 to 5 in `reviews`, and 0 or 1 in `likes`. Of those who review, users of even numbers are women.
 */
async function writeData(folder: string): Promise<void> {
  const random = createRandom("two ratings");
  await mkdir(folder);
  const rows = ["id,name,kind"];
  const ratings = Object.fromEntries(TABLES.map((name) => [name, ["item,who,points"]]));
  for (let i = 0; i < ITEMS; i++) {
    const kind = i % 2;
    rows.push(`i${i},${["blue", "red", "old"][random.int(3)]} thing,${KINDS[kind]}`);
    for (const [t, name] of TABLES.entries()) {
      if ((i >> 1) % 6 === t) continue;
      for (let user = 0; user < USERS; user++) {
        const fond = (user + t) % 2 === kind;
        if (random.next() > (fond ? 0.85 : 0.1)) continue;
        ratings[name]!.push(`i${i},u${user},${t === 0 ? 1 + random.int(5) : random.int(2)}`);
      }
    }
  }
  await writeFile(join(folder, "items.csv"), `${rows.join("\n")}\n`);
  for (const name of TABLES) {
    await writeFile(join(folder, `${name}.csv`), `${ratings[name]!.join("\n")}\n`);
  }
  const reviewers = Array.from(
    { length: USERS },
    (_, user) => `u${user},${["F", "M"][user % 2]},${20 + user}`,
  );
  await writeFile(join(folder, "reviewers.csv"), `${["who,sex,years", ...reviewers].join("\n")}\n`);
  await writeFile(join(folder, "dataset.json"), JSON.stringify(DESCRIPTION));
}

/** Six ratings by users who are fond of tents, in the reviews; in the likes, they are fond of lamps. */
const byEven = (stars: number) => [0, 2, 4, 6, 8, 10].map((user) => ({ user: `u${user}`, stars }));

test("each table has its own users, stars, tensors and tower", async () => {
  const { manifest } = await openBundle(join(root, "out"));
  const { reviews, likes } = manifest.inputs as unknown as Record<string, RatingsSpec>;
  assert.equal(reviews!.users.length, USERS);
  assert.equal(likes!.users.length, USERS);
  assert.deepEqual(
    [reviews!.stars, likes!.stars],
    [
      { min: 1, max: 5 },
      { min: 0, max: 1 },
    ],
  );
  const ages = Array.from({ length: USERS }, (_, user) => 20 + user);
  assert.deepEqual(reviews!.groups, { genders: ["F", "M"], ages, occupations: [] });
  assert.deepEqual(likes!.groups, { genders: [], ages: [], occupations: [] });
  assert.deepEqual(manifest.graph.inputs.map(({ name, shape }) => [name, shape.at(-1)]).slice(1), [
    ["review_users", "reviews"],
    ["review_stars", "reviews"],
    ["like_users", "likes"],
    ["like_stars", "likes"],
  ]);
  assert.match(stderr, /\d+ ratings by 12 users \(reviews\), \d+ ratings by 12 users \(likes\)/);
});

test("the gates learn from the numbers of both, and both beat the prior", async () => {
  const score = (row: string) =>
    Number(new RegExp(`^\\| ${row} +\\| +[\\d,]+[^|]*\\| +(\\d\\.\\d+)`, "m").exec(stdout)?.[1]);
  for (const row of ["reviews", "likes", "all inputs"]) {
    assert.ok(score(row) > 0.75, `${row} ${score(row)}\n${stdout}`);
  }
  const report = await readFile(join(root, "out", "report.html"), "utf8");
  for (const name of TABLES) {
    assert.match(report, new RegExp(`By number of ${name} given`));
    assert.match(report, new RegExp(`ratings \\(${name}\\), nearest neighbours`));
    assert.match(report, new RegExp(`${name}: Users with a vector`));
    assert.match(report, new RegExp(`Ratings \\(${name}\\)`));
  }
  const card = await readFile(join(root, "out", "README.md"), "utf8");
  assert.match(card, /ratings by 12 users \(reviews\); [\d,]+ ratings by 12 users \(likes\)/);
});

test("the server answers for each under its name, and explains them apart", async () => {
  const server = await lab.serve();
  const url = `${server.url}/v1/predict`;
  const tentOf = async (item: object): Promise<number> => {
    const { status, json, text } = await post(url, item);
    assert.equal(status, 200, text);
    return json.scores.find(({ label }: { label: string }) => label === "tent").probability;
  };
  const [reviewed, liked] = [byEven(4), byEven(1)];
  assert.ok((await tentOf({ reviews: reviewed })) > 0.6);
  assert.ok((await tentOf({ likes: liked })) < 0.4);
  const { json } = await post(url, { reviews: reviewed, likes: liked, explain: true });
  assert.deepEqual(Object.keys(json.explanation.inputs), ["reviews", "likes"]);
  // Strangers count as their group does.
  const strangers = (gender: string) => Array.from({ length: 6 }, () => ({ gender, stars: 4 }));
  const [women, men] = [
    await tentOf({ reviews: strangers("F") }),
    await tentOf({ reviews: strangers("M") }),
  ];
  assert.ok(women > 0.5 && men < 0.5, `${women} ${men}`);
  const outside = await post(url, { likes: byEven(4) });
  assert.equal(outside.json.errors[0].field, "likes[0].stars");
  assert.match(outside.json.errors[0].detail, /^4 is outside 0 to 1$/);
  const openapi = await (await fetch(`${server.url}/openapi.json`)).text();
  for (const name of TABLES) assert.match(openapi, new RegExp(`"Rating_${name}"`));
});

test("batches have a column for each, with the server's answers", async () => {
  const items = [
    { id: "a", reviews: byEven(4) },
    { id: "b", likes: byEven(1) },
    { id: "c", reviews: byEven(4), likes: byEven(0) },
  ];
  const quoted = (value: unknown) =>
    value === undefined ? "" : `"${JSON.stringify(value).replaceAll('"', '""')}"`;
  const csv = items.map(({ id, reviews, likes }) => `${id},${quoted(reviews)},${quoted(likes)}`);
  await writeFile(join(root, "items.csv"), ["id,reviews,likes", ...csv, ""].join("\n"));
  await writeFile(join(root, "items.jsonl"), items.map((item) => JSON.stringify(item)).join("\n"));
  const answers: string[] = [];
  for (const file of ["items.csv", "items.jsonl"]) {
    const output = join(root, `${file}.out.jsonl`);
    const { code, stderr } = await start("serve/predict.ts", [
      ...["--model", lab.model, "--input", join(root, file), "--output", output],
    ]).finished;
    assert.equal(code, 0, stderr);
    answers.push(await readFile(output, "utf8"));
  }
  const withoutLine = (text: string) => text.replace(/"line":\d+,/g, "");
  assert.equal(withoutLine(answers[0]!), withoutLine(answers[1]!));
  const best = answers[0]!.trim().split("\n");
  assert.equal(best.length, 3);
  assert.match(best[0]!, /"id":"a".*"label":"tent"/);
  const scoresOf = (line: string) => (JSON.parse(line) as { scores: unknown }).scores;
  assert.notDeepEqual(scoresOf(best[0]!), scoresOf(best[2]!), "ratings of 0 count");
});
