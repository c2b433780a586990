/** Files of movies: the server's answers, a reason for every rejected row, and no row lost or repeated by a kill. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { openBundle } from "../../../node/bundle.ts";
import { createOptions } from "../../../node/options/options.ts";
import { decodePoster } from "../../../node/poster.ts";
import { openSession } from "../../../node/session.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { runBatch } from "../../../serve/batch/run.ts";
import { predictFile } from "../../../serve/predictFiles.ts";
import { programOf } from "../../../serve/predictOptions.ts";
import { start } from "../../pipeline/run/tinyRun.ts";
import { until } from "../../until.ts";
import { createLab, type Lab } from "../server.ts";

let lab: Lab;
let posters: string;

before(async () => {
  lab = await createLab();
  posters = join(lab.root, "posters");
  await mkdir(posters);
  const create = { width: 40, height: 60, channels: 3 as const, background: "#c03010" };
  await sharp({ create }).jpeg().toFile(join(posters, "7.jpg"));
  await sharp({ create: { ...create, background: "#1030c0" } })
    .png()
    .toFile(join(posters, "named.png"));
  await writeFile(join(posters, "broken.jpg"), "no image");
});
after(() => lab.close());

function predict(...args: string[]) {
  return start("serve/predict.ts", ["--model", lab.model, ...args]);
}

// biome-ignore lint/suspicious/noExplicitAny: lines are looked into field by field
async function lines(path: string): Promise<any[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

test("a CSV file: the predictor's answers in the rows' order, and rejects with line, id and reason", async () => {
  const input = join(lab.root, "movies.csv");
  const output = join(lab.root, "csv.jsonl");
  await writeFile(
    input,
    [
      "\uFEFFid,Title,year,poster,ratings,note",
      '7,"The War, (1990)",,,,',
      '8,Love,1950,named.png,"[{""user"":""u1"",""stars"":4}]",kept for later',
      '9,"Two',
      'lines",2001,,,',
      "10,,,,,nothing known",
      "11,Space,soon,,,",
      "12,Space,1999,missing.png,,",
      "13,Space,1999,broken.jpg,,",
      '14,Space,1999,,"[{""user"":""u1"",""stars"":9}]",',
      "15,Peace,,,,",
      "16,too few fields",
    ].join("\r\n"),
  );
  const { code, stderr } = await predict(
    "--input",
    input,
    "--posters",
    posters,
    "--output",
    output,
    "--top",
    "2",
  ).finished;
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /4 of 10 rows answered in .*csv\.jsonl; 6 rejected, see .*csv\.jsonl\.rejects/,
  );

  const answers = await lines(output);
  assert.deepEqual(
    answers.map(({ line, id }) => [line, id]),
    [
      [2, "7"],
      [3, "8"],
      [4, "9"],
      [11, "15"],
    ],
  );
  const bundle = await openBundle(lab.model);
  const session = await openSession(bundle.graph, { threads: 1 });
  const poster = async (name: string) => decodePoster(await readFile(join(posters, name)));
  const expected = await createPredictor(bundle.manifest, session.run).predict([
    { title: "The War, (1990)", poster: await poster("7.jpg") },
    {
      title: "Love",
      year: 1950,
      poster: await poster("named.png"),
      ratings: [{ user: "u1", stars: 4 }],
    },
    { title: "Two\nlines", year: 2001 },
    { title: "Peace" },
  ]);
  await session.close();
  for (const [i, { scores, selected }] of answers.entries()) {
    const best = expected[i]!.scores;
    assert.deepEqual(
      scores.map(({ label }: { label: string }) => label),
      best.slice(0, 2).map(({ label }) => label),
    );
    for (const [g, { probability }] of scores.entries()) {
      assert.ok(Math.abs(probability - best[g]!.probability) < 1e-6);
    }
    assert.deepEqual(
      selected,
      best.filter(({ selected }) => selected).map(({ label }) => label),
    );
  }

  const rejects = await lines(`${output}.rejects`);
  assert.deepEqual(
    rejects.map(({ line, id, field }) => [line, id, field]),
    [
      [6, "10", "row"],
      [7, "11", "year"],
      [8, "12", "poster"],
      [9, "13", "poster"],
      [10, "14", "ratings[0].stars"],
      [12, undefined, "row"],
    ],
  );
  for (const { reason } of rejects) assert.ok(reason.length > 5);
  assert.ok(!existsSync(`${output}.progress`));
});

test("JSON Lines, with blanks around a name, blank lines and lines that are not JSON", async () => {
  const input = join(lab.root, "movies.jsonl");
  const output = join(lab.root, "jsonl.jsonl");
  await writeFile(
    input,
    `{"id":1,"title":"War"}\n\n{"title":\n[1]\n{"title":"Peace","ratings":[{"gender":"F","age":25,"stars":3}]}\n{"id":6,"poster":" named.png "}`,
  );
  const args = ["--input", input, "--posters", posters, "--output", output];
  const { code, stderr } = await predict(...args).finished;
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    (await lines(output)).map(({ line, id }) => [line, id]),
    [
      [1, 1],
      [5, undefined],
      [6, 6],
    ],
  );
  assert.deepEqual(
    (await lines(`${output}.rejects`)).map(({ line, field }) => [line, field]),
    [
      [3, "row"],
      [4, "row"],
    ],
  );
});

test("with --missing-poster use-rest, rows without their file are answered from the rest, and say so", async () => {
  const input = join(lab.root, "gone.csv");
  await writeFile(
    input,
    "id,title,poster\n7,War,\n12,Space,missing.png\n13,Peace,broken.jpg\n14,,broken.jpg\n15,Love,named.png\n",
  );
  const args = ["--input", input, "--posters", posters, "--missing-poster", "use-rest"];
  const [asJson, asCsv] = [join(lab.root, "gone.jsonl"), join(lab.root, "gone-out.csv")];
  const { code, stderr } = await predict(...args, "--output", asJson).finished;
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /4 of 5 rows answered in .*gone\.jsonl, 2 of them without a file that is missing or broken; 1 rejected, see /,
  );
  const answers = await lines(asJson);
  assert.deepEqual(
    answers.map(({ id, leftOut }) => [id, Object.keys(leftOut ?? {})]),
    [
      ["7", []],
      ["12", ["poster"]],
      ["13", ["poster"]],
      ["15", []],
    ],
  );
  assert.match(answers[1].leftOut.poster, /missing\.png does not exist$/);
  assert.ok(!("leftOut" in answers[0]));
  // Nothing else is known of it: the file is the reason.
  const rejects = await lines(`${asJson}.rejects`);
  assert.deepEqual(
    rejects.map(({ id, field }) => [id, field]),
    [["14", "poster"]],
  );

  const bundle = await openBundle(lab.model);
  const session = await openSession(bundle.graph, { threads: 1 });
  const [rest] = await createPredictor(bundle.manifest, session.run).predict([{ title: "Space" }]);
  await session.close();
  const [best] = answers[1].scores;
  assert.equal(best.label, rest!.scores[0]!.label);
  assert.ok(Math.abs(best.probability - rest!.scores[0]!.probability) < 1e-6);

  const { signal } = new AbortController();
  const batch = {
    ...{ model: lab.model, input, folders: { poster: posters }, signal },
    precision: "fp32" as const,
    ...{ output: asCsv, rejects: `${asCsv}.rejects`, overwrite: false },
  };
  const { incomplete } = await runBatch({ ...batch, missing: { poster: "use-rest" } });
  assert.equal(incomplete, 2);
  const rows = (await readFile(asCsv, "utf8")).trim().split("\n");
  assert.deepEqual(
    rows.map((row) => row.split(",").at(-1)),
    ["left_out", "", "poster", "poster", ""],
  );
  const strict = await runBatch({ ...batch, overwrite: true });
  assert.deepEqual([strict.rejected, strict.incomplete], [3, 0]);
  assert.doesNotMatch(await readFile(asCsv, "utf8"), /left_out/);
});

test("with use-rest, a file that the machine fails to read is no missing file", async () => {
  await symlink("loop.jpg", join(posters, "loop.jpg"));
  await mkdir(join(posters, "folder.jpg"));
  const files = [
    ...["missing.png", "named.png/7.jpg", "folder.jpg", "broken.jpg", "empty.jpg"],
    ...["loop.jpg", ...(existsSync("/proc/self/mem") ? ["/proc/self/mem"] : [])],
  ];
  await writeFile(join(posters, "empty.jpg"), "");
  const input = join(lab.root, "failing.jsonl");
  const rows = files.map((poster) => JSON.stringify({ id: poster, title: "War", poster }));
  // By its id, too.
  await writeFile(input, [...rows, '{"id":"loop","title":"War"}'].join("\n"));
  const output = join(lab.root, "failing-out.jsonl");
  await runBatch({
    ...{ model: lab.model, precision: "fp32", input, folders: { poster: posters } },
    ...{ output, rejects: `${output}.rejects`, overwrite: false },
    missing: { poster: "use-rest" },
    signal: new AbortController().signal,
  });
  const answers = await lines(output);
  assert.deepEqual(
    answers.map(({ id, leftOut }) => [id, Object.keys(leftOut)]),
    files.slice(0, 5).map((name) => [name, ["poster"]]),
  );
  const rejects = await lines(`${output}.rejects`);
  assert.deepEqual(
    rejects.map(({ id }) => id),
    [...files.slice(5), "loop"],
  );
  for (const { field, reason } of rejects) {
    assert.equal(field, "poster");
    assert.match(reason, /(loop\.jpg|mem) cannot be read \((ELOOP|EIO): [a-z/ ]+\)$/);
  }
});

test("a batch that is killed and run again has every row once, as if never interrupted", async () => {
  const input = join(lab.root, "many.jsonl");
  const rows = Array.from({ length: 5000 }, (_, i) =>
    i % 100 === 50
      ? '{"year":"x"}'
      : JSON.stringify({ id: i, title: `War ${i}`, year: 1950 + (i % 50) }),
  );
  await writeFile(input, `${rows.join("\n")}\n`);
  const whole = join(lab.root, "whole.jsonl");
  const done = await predict("--input", input, "--output", whole).finished;
  assert.equal(done.code, 0, done.stderr);
  const reference = await readFile(whole, "utf8");
  assert.equal(reference.split("\n").length - 1, 4950);

  const output = join(lab.root, "killed.jsonl");
  const args = ["--input", input, "--output", output];
  for (let kill = 0; kill < 2; kill++) {
    const before = await sizeOf(output);
    const run = predict(...args);
    await until(async () => (await sizeOf(output)) >= before + 50_000);
    run.child.kill("SIGKILL");
    assert.equal((await run.finished).code, null);
    assert.ok(existsSync(`${output}.progress`));
  }
  // A line cut in half by the kill is made again.
  await writeFile(output, '{"line":', { flag: "a" });
  const resumed = await predict(...args).finished;
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.equal(await readFile(output, "utf8"), reference);
  assert.equal(
    await readFile(`${output}.rejects`, "utf8"),
    await readFile(`${whole}.rejects`, "utf8"),
  );

  const again = await predict(...args).finished;
  assert.equal(again.code, 2);
  assert.match(again.stderr, /killed\.jsonl exists already; .*--overwrite/);
});

test("without rejected rows there is no file of them, and a batch of nothing else fails", async () => {
  const [good, bad] = [join(lab.root, "good.jsonl"), join(lab.root, "bad.jsonl")];
  await writeFile(good, '{"title":"War"}\n');
  await writeFile(bad, '{"year":"x"}\n{"year":"y"}\n');
  const output = join(lab.root, "all.jsonl");
  const run = (input: string, ...more: string[]) =>
    predict("--input", input, "--output", output, "--overwrite", ...more).finished;
  const none = await run(bad);
  assert.match(none.stderr, /0 of 2 rows answered in .*; 2 rejected, see .*all\.jsonl\.rejects$/m);
  assert.equal(none.code, 2);
  assert.equal((await lines(`${output}.rejects`)).length, 2);
  // What an earlier batch rejected goes, too.
  const all = await run(good);
  assert.match(all.stderr, /1 of 1 rows answered in .*all\.jsonl; none rejected$/m);
  assert.equal(all.code, 0);
  assert.ok(!existsSync(`${output}.rejects`));

  const shards = join(lab.root, "all-shards");
  const merged = await run(bad, "--shards", shards, "--merge", "--workers", "1");
  assert.match(merged.stderr, /0 of 2 rows answered in .*; 2 rejected, see /);
  assert.equal(merged.code, 2);
  const again = await run(good, "--shards", shards, "--merge", "--workers", "1");
  assert.match(again.stderr, /1 of 1 rows answered in .*; none rejected$/m);
  assert.equal(again.code, 0, again.stderr);
  assert.ok(!existsSync(`${output}.rejects`));
});

test("outputs that cannot be used are refused before the model is opened, or a shard scored", async () => {
  const model = join(lab.root, "no-graph");
  await cp(lab.model, model, { recursive: true });
  await writeFile(join(model, "model.onnx"), "damaged");
  const input = join(lab.root, "good.jsonl");
  await writeFile(input, '{"title":"War"}\n');
  const output = join(lab.root, "taken.jsonl");
  await writeFile(output, "mine");
  const run = (...args: string[]) =>
    start("serve/predict.ts", ["--model", model, "--input", input, "--output", output, ...args])
      .finished;
  const shards = join(lab.root, "never");
  const ends = await Promise.all([run(), run("--shards", shards, "--merge")]);
  for (const { code, stderr } of ends) {
    assert.match(stderr, /^error: --output: \S+taken\.jsonl exists already; /);
    assert.equal(code, 2);
  }
  assert.ok(!existsSync(shards));
  assert.equal(await readFile(output, "utf8"), "mine");
});

test("--precision names the graph that answers, of those that the bundle has", async () => {
  const input = join(lab.root, "good.jsonl");
  await writeFile(input, '{"title":"War"}\n');
  const { read } = createOptions(await programOf(["--model", lab.model]));
  const options = read(["--precision", "q8", "--output", join(lab.root, "q8.jsonl")]);
  await assert.rejects(
    predictFile(lab.model, { ...options, input }),
    /tiny has no q8 graph; it has fp32$/,
  );
});

test("an unfinished batch is not continued with other options", async () => {
  const input = join(lab.root, "many.jsonl");
  const output = join(lab.root, "other.jsonl");
  const run = predict("--input", input, "--output", output);
  await until(async () => (await sizeOf(output)) >= 50_000);
  run.child.kill("SIGTERM");
  const stopped = await run.finished;
  assert.equal(stopped.code, 130, stopped.stderr);
  assert.match(stopped.stderr, /stopped after \d+ rows; run the same command to continue/);
  const other = await predict("--input", input, "--output", output, "--top", "1").finished;
  assert.equal(other.code, 2);
  assert.match(
    other.stderr,
    /other\.jsonl belongs to an unfinished batch with different options \(top\); /,
  );
});

test("errors name wrong options and unusable files", async () => {
  const input = join(lab.root, "movies.jsonl");
  const cases: [args: string[], message: RegExp][] = [
    [["--input", input], /--output: is missing/],
    [["--input", input, "--output", "x", "--title", "War"], /--title: is not for --input/],
    [["--title", "War", "--posters", "x"], /--posters: needs --input/],
    [["--title", "War", "--missing-poster", "reject"], /--missing-poster: needs --input/],
    [
      ["--input", join(lab.root, "none.csv"), "--output", "x"],
      /^error: --input: \S+none\.csv does not exist$/m,
    ],
    [["--input", input, "--output", lab.root], /^error: --output: \S+ is a folder, not a file;/m],
    [
      ["--input", input, "--output", join(input, "x")],
      /^error: --output: \S+movies\.jsonl is not a folder; name another file$/m,
    ],
    [
      ["--input", input, "--output", join(lab.root, "z"), "--rejects", posters],
      /^error: --rejects: \S+posters is a folder, not a file;/m,
    ],
    [
      ["--input", lab.root, "--output", join(lab.root, "y")],
      /^error: --input: \S+ does not end in \.csv, .*, or one of these and \.gz/m,
    ],
  ];
  const ends = await Promise.all(cases.map(([args]) => predict(...args).finished));
  for (const [i, { code, stderr }] of ends.entries()) {
    assert.equal(code, 2, stderr);
    assert.match(stderr, cases[i]![1]);
  }
});

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
