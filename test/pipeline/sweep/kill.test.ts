/** kill -9 in the middle of a sweep: the same command goes on, and the figures are those of the pipeline. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { SILENT } from "../../../pipeline/common/console.ts";
import { readConfig } from "../../../pipeline/config/options.ts";
import { loadDataset } from "../../../pipeline/dataset/load.ts";
import { crossValidate } from "../../../pipeline/folds/crossValidate.ts";
import { start } from "../run/tinyRun.ts";
import { createDesk, type Desk } from "./tinySweep.ts";

let desk: Desk;
before(async () => {
  desk = await createDesk();
});
after(() => desk.remove());

test("a killed sweep is resumed, and its winner is worth in the pipeline what it was worth here", async () => {
  const file = join(desk.root, "sweep.json");
  const parameters = { "ratings.learningRate": [1e-5, 0.02] };
  await writeFile(file, JSON.stringify({ method: "grid", base: desk.base, parameters }));
  const args = ["--config", file, "--out", join(desk.root, "out")];
  const killed = start("pipeline/sweep/main.ts", args);
  // The header, and one trial.
  while ((await desk.journal("out").catch(() => [])).length < 2) {
    assert.equal(killed.child.exitCode, null, killed.stderr());
    await pause(20);
  }
  killed.child.kill("SIGKILL");
  await killed.finished;
  const before = await desk.journal("out");
  assert.equal(before.length, 2);

  const resumed = await start("pipeline/sweep/main.ts", args).finished;
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stderr, /trial 1 .*finished before/);
  assert.match(resumed.stdout, /2 trainings, 1 of them by this run/);
  assert.match(resumed.stdout, /Winner: trial 2, ratings\.learningRate=0\.02: 0\.\d{4} ± 0\.\d{4}/);
  const after = await desk.journal("out");
  assert.deepEqual(after.slice(0, 2), before);
  assert.equal(after.length, 3);

  const config = readConfig(["--config", join(desk.root, "out", "best.json")]);
  const { dataset } = await loadDataset(config);
  const { summary } = await crossValidate(config, dataset.labels, SILENT);
  assert.deepEqual(after[2]!.figures, summary.figures);
});

test("a sweep file that is wrong ends with a sentence, and --dry-run trains nothing", async () => {
  const file = join(desk.root, "wrong.json");
  await writeFile(file, '{"method":"grid","parameters":{"ratings.dropuot":[0.1]}}');
  const wrong = await start("pipeline/sweep/main.ts", ["--config", file]).finished;
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^error: .*wrong\.json: .*did you mean "ratings\.dropout"/);
  assert.doesNotMatch(wrong.stderr, /at .*\.ts:\d+/, "users get a sentence, not a stack");

  await writeFile(file, '{"method":"halving","trials":3,"parameters":{"ratings.dropout":[0,0.1]}}');
  const dry = await start("pipeline/sweep/main.ts", ["--config", file, "--dry-run"]).finished;
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /trial 2 {2}ratings\.dropout=0\.1/);
  await assert.rejects(readFile(join("sweeps", "wrong", "results.jsonl")), /ENOENT/);
});
