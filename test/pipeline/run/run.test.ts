/** The whole program on a small data set: what it publishes, that it repeats itself, what it says when data is missing. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../../../node/bundle.ts";
import type { LabelsAnswerJson } from "../../../predictor/answerTypes.ts";
import { readProfile } from "../../../predictor/profile.ts";
import { labelsTarget } from "../../../predictor/targets/labels.ts";
import { createWorkspace, type ProcessResult, SHORT, start, type Workspace } from "./tinyRun.ts";

let workspace: Workspace;
before(async () => {
  workspace = await createWorkspace();
});
after(() => workspace.remove());

function pipeline(name: string, ...args: string[]): Promise<ProcessResult> {
  const { root, data } = workspace;
  const paths = ["--data", data, "--out", join(root, name), "--cache", join(root, "cache")];
  return start("pipeline/main.ts", [...SHORT, ...paths, ...args]).finished;
}

function predict(...args: string[]): Promise<ProcessResult> {
  return start("serve/predict.ts", args).finished;
}

test("a run publishes a verified bundle, again byte for byte, and predict answers from it", async () => {
  const first = await pipeline("a", "--seed", "5");
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /all inputs/);
  assert.match(
    first.stdout,
    /\nBundle: (.*a)\nTry it: npm run predict -- --model \1 --title .*\nServe it: npm run serve -- --model \1\n$/,
  );
  // The data set's malformed lines are told with file and line.
  assert.match(first.stderr, /warning: \w+\.dat:\d+: /);

  const { manifest } = await openBundle(join(workspace.root, "a"));
  // One epoch on few movies: a smaller graph may be too far off, and is then left out with a warning.
  const leftOut = [...first.stderr.matchAll(/warning: (\S+) is not published: /g)].map(
    ([, file]) => file!,
  );
  const smaller = ["model_fp16.onnx", "model_quantized.onnx"];
  assert.deepEqual(
    [...Object.keys(manifest.files), ...leftOut].sort(),
    ["README.md", "model.onnx", "profile.json", "report.html", "summary.html", ...smaller].sort(),
  );
  const text = await readFile(join(workspace.root, "a", "profile.json"), "utf8");
  const profile = readProfile(text, manifest);
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  assert.equal(total(profile.bins), profile.items);
  // Every movie has a title, and at least one genre is predicted.
  assert.equal(profile.present[0], profile.items);
  assert.ok(total(profile.selected) >= profile.items);
  assert.ok(profile.bins.length > 5, "predictions differ");
  const card = await readFile(join(workspace.root, "a", "README.md"), "utf8");
  for (const file of smaller) {
    assert.equal(card.includes(`${file} is left out: `), leftOut.includes(file), file);
  }
  assert.equal(manifest.provenance.seed, 5);
  assert.equal(labelsTarget(manifest.target).labels.length, 18);
  const report = await readFile(join(workspace.root, "a", "report.html"), "utf8");
  assert.match(report, /movies_train\.dat/);

  const second = await pipeline("b", "--seed", "5");
  assert.equal(second.code, 0, second.stderr);
  const [a, b] = await Promise.all(
    ["a", "b"].map((name) => readFile(join(workspace.root, name, "model.onnx"))),
  );
  assert.ok(a!.equals(b!), "the same seed gave another model.onnx");

  const refused = await pipeline("b", "--seed", "6");
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /error: .*b cannot be published to: .*another configuration \(seed: 5 -> 6\)/,
  );
  assert.ok(a!.equals(await readFile(join(workspace.root, "b", "model.onnx"))));
  const other = await pipeline("b", "--seed", "6", "--overwrite");
  assert.equal(other.code, 0, other.stderr);
  assert.match(
    other.stderr,
    /the bundle in .*b \(data, 20.*\), with other options: seed: 5 -> 6, will be replaced/,
  );
  assert.ok(!a!.equals(await readFile(join(workspace.root, "b", "model.onnx"))));

  const model = ["--model", join(workspace.root, "a")];
  const images = join(workspace.data, "ml1m-images");
  const poster = join(images, (await readdir(images)).sort()[0]!);
  const answer = await predict(
    ...model,
    "--title",
    "The Lantern (1987)",
    "--poster",
    poster,
    "--json",
  );
  assert.equal(answer.code, 0, answer.stderr);
  const { scores, explanation } = JSON.parse(answer.stdout) as LabelsAnswerJson;
  assert.equal(scores.length, 18);
  assert.ok(
    scores.every(({ probability }, i) => i === 0 || probability <= scores[i - 1]!.probability),
  );
  assert.deepEqual(
    explanation!.titleAttention.map(({ word }) => word),
    ["the", "lantern"],
  );

  const nothing = await predict(...model);
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /give at least one of --title/);
  const wrong = await predict(
    ...model,
    "--title",
    "x",
    "--poster",
    join(workspace.data, "genres.txt"),
  );
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^error: poster: cannot be decoded/);
});

test("a data set without test split, ratings or posters works, and says what is missing", async () => {
  const { data } = workspace;
  const hidden: [string, string][] = ["movies_test.dat", "ratings.dat", "ml1m-images"].map(
    (name) => [join(data, name), join(data, `hidden-${name.replace("-images", "")}`)],
  );
  for (const [from, to] of hidden) await rename(from, to);
  try {
    const run = await pipeline("bare");
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /movies_test\.dat/);
    assert.match(run.stderr, /ratings\.dat/);
    assert.match(run.stderr, /images/);
    assert.match(run.stderr, /The poster input is left out: no training movie has a poster, so/);
    assert.match(run.stderr, /The ratings input is left out: no training movie has ratings, so/);
    const { path } = await openBundle(join(workspace.root, "bare"));
    assert.match(run.stdout, /no test split: these figures are optimistic/);
    assert.match(await readFile(join(path, "README.md"), "utf8"), /^ {10}split: validation$/m);
  } finally {
    for (const [from, to] of hidden) await rename(to, from);
  }
});

test("inputs without information are left out with a warning, and nothing fails after training", async () => {
  const data = join(workspace.root, "alike");
  await cp(workspace.data, data, { recursive: true });
  for (const name of ["movies_train.dat", "movies_test.dat"]) {
    const table = await readFile(join(data, name), "latin1");
    await writeFile(join(data, name), table.replace(/^(\d+)::.*::/gm, "$1::One (1999)::"));
  }
  const images = join(data, "ml1m-images");
  const [first, ...others] = (await readdir(images)).sort().map((name) => join(images, name));
  for (const path of others) await copyFile(first!, path);

  const run = await pipeline("alike-bundle", "--data", data, "--folds", "2");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /fold 1\/2: The title input is left out: /);
  const { path } = await openBundle(join(workspace.root, "alike-bundle"));
  const [card, report] = await Promise.all(
    ["README.md", "report.html"].map((name) => readFile(join(path, name), "utf8")),
  );
  for (const sentence of [
    /The title input is left out: all \d+ titles have the same words and year, so /,
    /The poster input is left out: all \d+ posters are equal, so /,
  ]) {
    for (const text of [run.stderr, run.stdout, card!, report!]) assert.match(text, sentence);
  }
  assert.match(report!, /Not trained: all \d+ titles have the same words and year\./);
  const rowsOf = (text: string) =>
    new Map(
      [...text.matchAll(/^\| ([^|]+?) +\| +\d+(?: with a poster)? \| +(\S+).* \|$/gm)].map(
        ([, name, map5]) => [name, map5!],
      ),
    );
  const rows = rowsOf(card!);
  for (const name of ["title", "poster", "title + poster"]) assert.equal(rows.get(name), "-", name);
  assert.equal(rows.get("baseline: title TF-IDF + decade, logistic"), "-");
  for (const name of ["all inputs", "ratings", "baseline: ratings, nearest neighbours"]) {
    assert.match(rows.get(name)!, /^0\.\d+$/, name);
  }
  assert.equal(rows.get("all inputs"), rows.get("ratings"));
  const answer = await predict(
    "--model",
    path,
    "--title",
    "One (1999)",
    "--poster",
    first!,
    "--json",
  );
  const { inputs } = (JSON.parse(answer.stdout) as LabelsAnswerJson).explanation!;
  assert.deepEqual([inputs.title!.weight, inputs.poster!.weight], [0, 0]);

  await rm(join(data, "ratings.dat"));
  const nothing = await pipeline("nothing", "--data", data);
  assert.equal(nothing.code, 2, nothing.stderr);
  assert.match(
    nothing.stderr,
    /^error: inputs: have nothing .*: all \d+ titles have .*; all \d+ posters are equal; no training movie has ratings\. /m,
  );
  assert.ok(!existsSync(join(workspace.root, "nothing")));
});

test("what cannot work fails with a sentence, and publishes nothing", async () => {
  const nowhere = await pipeline("none", "--data", join(workspace.root, "nowhere"));
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /error: .*nowhere/);
  assert.doesNotMatch(nowhere.stderr, /at .*\.[jt]s:\d+/, "users get a sentence, not a stack");

  // Refusal before anything is read: the data set does not even exist.
  const precious = await pipeline("data", "--data", join(workspace.root, "nowhere"));
  assert.equal(precious.code, 1);
  assert.match(precious.stderr, /error: .*data cannot be published to: it is a folder with other/);
  assert.match(await readFile(join(workspace.data, "movies_train.dat"), "utf8"), /::/);
  const unnamed = await pipeline("none", "--out", "");
  assert.equal(unnamed.code, 2);
  assert.match(unnamed.stderr, /out.* must not be empty/);

  const typo = join(workspace.root, "typo.json");
  await writeFile(typo, '{"train":{"patiense":3}}');
  const misspelt = await pipeline("none", "--config", typo);
  assert.equal(misspelt.code, 2);
  assert.match(
    misspelt.stderr,
    /"train\.patiense" is not an option; did you mean "train\.patience"/,
  );
  await assert.rejects(openBundle(join(workspace.root, "none")), /is not a bundle/);
});

test("strict mode refuses a data set for a poster that cannot be decoded", async () => {
  const { data, root } = workspace;
  const clean = join(root, "strict");
  await mkdir(join(clean, "ml1m-images"), { recursive: true });
  const movies = (await readFile(join(data, "movies_train.dat"), "utf8")).split("\n");
  const good = movies.filter((line) => /^\d+::[^:]+ \(\d{4}\)::[A-Z][^:]*$/.test(line));
  const seen = new Set<string>();
  const lines = good.filter((line) => {
    const id = line.split("::")[0]!;
    return !seen.has(id) && seen.add(id);
  });
  const labels = new Set(lines.flatMap((line) => line.split("::")[2]!.split("|")));
  await writeFile(join(clean, "genres.txt"), `${[...labels].join("\n")}\n`);
  await writeFile(join(clean, "movies_train.dat"), `${lines.join("\n")}\n`);
  const id = lines[0]!.split("::")[0]!;
  await writeFile(join(clean, "ml1m-images", `${id}.jpg`), "no picture");
  const run = await pipeline("strict-bundle", "--data", clean, "--strict");
  assert.equal(run.code, 1);
  assert.match(run.stderr, /error: 1 issue in the data set \(strict mode\):/);
  assert.match(run.stderr, new RegExp(`ml1m-images/${id}\\.jpg: `));
});

test("a damaged poster cache is noticed and made anew", async () => {
  const cache = join(workspace.root, "damaged-cache");
  const args = ["--cache", cache, "--seed", "5"];
  assert.equal((await pipeline("c", ...args)).code, 0);
  const pack = join(cache, (await readdir(cache)).find((name) => name.endsWith(".pack"))!);
  const bytes = await readFile(pack);
  bytes[bytes.length - 100]! ^= 1;
  await writeFile(pack, bytes);
  const run = await pipeline("c", ...args);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /is damaged/);
  const [a, c] = await Promise.all(
    ["a", "c"].map((name) => readFile(join(workspace.root, name, "model.onnx"))),
  );
  assert.ok(a!.equals(c!));
  await rm(cache, { recursive: true });
});
