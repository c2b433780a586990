/** Folds in separate processes: the same bits from one worker and two, and failing, killed and resumed folds. */

import assert from "node:assert/strict";
import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../../../node/bundle.ts";
import { readConfig } from "../../../pipeline/config/options.ts";
import { crossValidate } from "../../../pipeline/jobs/crossValidate.ts";
import { trialOf } from "../../../pipeline/jobs/job.ts";
import { createLocalRunner } from "../../../pipeline/jobs/local.ts";
import { labelsTarget } from "../../../predictor/targets/labels.ts";
import { without } from "../../needs/needs.ts";
import { createWorkspace, SHORT, start, type Workspace } from "../run/tinyRun.ts";

let workspace: Workspace;
before(async () => {
  workspace = await createWorkspace(60);
});
after(() => workspace.remove());

const args = (name: string, ...more: string[]) => [
  ...SHORT,
  ...["--data", workspace.data, "--out", join(workspace.root, name)],
  ...["--cache", join(workspace.root, "cache"), "--folds", "2", ...more],
];

test("a run publishes the same refit with one worker as with two, and beside a learning curve", async () => {
  const one = await start("pipeline/main.ts", args("one", "--fold-workers", "1")).finished;
  assert.equal(one.code, 0, one.stderr);
  assert.match(one.stderr, /mAP@5 over 2 folds of the train split/);
  assert.match(one.stderr, /all inputs, all movies +0\.\d{4} ± 0\.\d{4}/);
  const curve = ["--learning-curve", "0.5", "--fold-workers", "2"];
  const two = await start("pipeline/main.ts", args("two", ...curve)).finished;
  assert.equal(two.code, 0, two.stderr);
  const [a, b] = await Promise.all(
    ["one", "two"].map((name) => openBundle(join(workspace.root, name))),
  );
  assert.equal(a!.manifest.files["model.onnx"]!.sha256, b!.manifest.files["model.onnx"]!.sha256);
  const [first, second] = [a!, b!].map(({ manifest }) => labelsTarget(manifest.target).thresholds);
  assert.deepEqual(first, second);
  // There are no validation movies, so thresholds other than the default 0.5 were tuned on the folds.
  assert.ok(first!.perLabel.every((threshold) => threshold !== 0.5));
  assert.deepEqual(a!.manifest.metrics, b!.manifest.metrics);
  assert.ok(a!.manifest.metrics["folds map@5"]! > 0);
  const [plain, curved] = await Promise.all(
    ["one", "two"].map((name) => readFile(join(workspace.root, name, "report.html"), "utf8")),
  );
  assert.doesNotMatch(plain!, /Learning curve/);
  const rows = /<h3>Learning curve.*?<tbody>(.*?)<\/tbody>/s.exec(curved!)![1]!;
  const sizes = [...rows.matchAll(/<tr><td>all inputs<\/td><td>all movies<\/td><td[^>]*>(\d+)</g)];
  const movies = Number(/<dt>Training movies<\/dt><dd>(\d+)</.exec(curved!)![1]);
  assert.equal(sizes.length, 2);
  for (const [i, share] of [0.5, 1].entries()) {
    const [count, expected] = [Number(sizes[i]![1]), (share * movies) / 2];
    assert.ok(Math.abs(count - expected) <= 1, `${count} of ${movies}`);
  }
  const card = await readFile(join(workspace.root, "one", "README.md"), "utf8");
  assert.match(card, /## Cross-validation/);
  assert.match(card, /\b0 for validation/);
});

test("a run killed between two folds resumes with the second", async () => {
  const options = args(
    "torn",
    "--fold-workers",
    "1",
    "--log",
    "--log-dir",
    join(workspace.root, "torn-logs"),
  );
  const killed = start("pipeline/main.ts", options);
  while (!/fold 1\/2 {2}done/.test(killed.stderr())) {
    assert.equal(killed.child.exitCode, null, killed.stderr());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  killed.child.kill("SIGKILL");
  await killed.finished;
  const resumed = await start("pipeline/main.ts", [...options, "--resume"]).finished;
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(
    resumed.stderr,
    /fold 1\/2 {2}resuming: title finished, ratings finished, poster finished/,
  );
  const [a, b] = await Promise.all(
    ["one", "torn"].map((name) => openBundle(join(workspace.root, name))),
  );
  assert.equal(a!.manifest.files["model.onnx"]!.sha256, b!.manifest.files["model.onnx"]!.sha256);
  assert.deepEqual(a!.manifest.metrics, b!.manifest.metrics);

  // Every fold has a separate log besides the whole training's, without repeated epochs.
  const [logs] = await readdir(join(workspace.root, "torn-logs", "torn"));
  for (const [part, fold] of [
    ["fold-1", 1],
    ["fold-2", 2],
    ["", undefined],
  ] as const) {
    const folder = join(workspace.root, "torn-logs", "torn", logs!, part);
    const lines = (await readFile(join(folder, "history.jsonl"), "utf8")).trimEnd().split("\n");
    const epochs = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === "epoch");
    assert.deepEqual(
      epochs.map((line) => [line.tower, line.epoch, line.fold]),
      ["title", "poster", "ratings"].map((tower) => [tower, 1, fold]),
    );
    assert.ok((await readdir(folder)).some((name) => /tfevents/.test(name)));
  }
});

test("the average of the folds' models is published on request, and is reproducible", async () => {
  const first = await start("pipeline/main.ts", args("average", "--publish", "folds")).finished;
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /member2_marquee +\d/);
  const again = args("again", "--publish", "folds", "--fold-workers", "1");
  assert.equal((await start("pipeline/main.ts", again).finished).code, 0);
  const [a, b, refit] = await Promise.all(
    ["average", "again", "one"].map((name) => openBundle(join(workspace.root, name))),
  );
  const sums = [a, b, refit].map((bundle) => bundle!.manifest.files["model.onnx"]!.sha256);
  assert.equal(sums[0], sums[1]);
  assert.notEqual(sums[0], sums[2]);
  assert.deepEqual(a!.manifest.inputs, refit!.manifest.inputs);
  const alone = await start("pipeline/main.ts", [...SHORT, "--publish", "folds"]).finished;
  assert.match(alone.stderr, /publish "folds" needs a cross-validation; set --folds/);
});

test("without a test split, some movies are held out for evaluation", async () => {
  const test = join(workspace.data, "movies_test.dat");
  await rename(test, `${test}.hidden`);
  try {
    const run = await start("pipeline/main.ts", args("whole")).finished;
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /no test split: these figures are optimistic/);
    assert.match(run.stdout, /all inputs +\| +\d+ \| +0\.\d/);
  } finally {
    await rename(`${test}.hidden`, test);
  }
});

test("a failing fold is named in the error, and the run ends", async () => {
  const config = readConfig(args("none", "--cache", join(workspace.root, "cache")));
  // The parent has opened the file by now; the workers look for it and do not find it.
  const broken = { ...config, data: join(workspace.root, "gone") };
  const runner = createLocalRunner({ config: broken });
  const trial = trialOf(config, { tables: "", posters: "", files: {} }, {});
  await assert.rejects(
    crossValidate(trial, runner, () => {}),
    /^Error: fold \d\/2 failed: .*gone/s,
  );
  await runner.close();
});

test("an interrupted run also ends its workers", {
  skip: without("posix"),
}, async () => {
  const run = start("pipeline/main.ts", args("late", "--ratings-epochs", "500"));
  while (!/fold \d\/2 {2}ratings epoch/.test(run.stderr())) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(run.child.exitCode, null, run.stderr());
  }
  const workers = await childrenOf(run.child.pid!);
  assert.ok(workers.length > 0);
  run.child.kill("SIGKILL");
  await run.finished;
  for (const pid of workers) {
    for (let waited = 0; isAlive(pid); waited += 50) {
      assert.ok(waited < 20_000, `worker ${pid} lives on`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
