/** kill -9 during a sweep: the same command resumes, and the figures equal those of the pipeline. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { SILENT } from "../../../pipeline/common/console.ts";
import { readConfig } from "../../../pipeline/config/options.ts";
import { loadDataset } from "../../../pipeline/dataset/load.ts";
import { trialOf } from "../../../pipeline/jobs/job.ts";
import { createLocalRunner } from "../../../pipeline/jobs/local.ts";
import { createInputs } from "../../../pipeline/sweep/inputs.ts";
import { start } from "../run/tinyRun.ts";
import { createTestSweeps, type TestSweeps } from "./tinySweep.ts";

let sweeps: TestSweeps;
before(async () => {
  sweeps = await createTestSweeps();
});
after(() => sweeps.remove());

test("a killed sweep resumes, and the pipeline computes the winner's figures again", async () => {
  const file = join(sweeps.root, "sweep.json");
  const parameters = { "ratings.learningRate": [1e-5, 0.02] };
  await writeFile(file, JSON.stringify({ method: "grid", base: sweeps.base, parameters }));
  const args = ["--config", file, "--out", join(sweeps.root, "out")];
  const killed = start("pipeline/sweep/main.ts", args);
  // The header and one trial.
  while ((await sweeps.journal("out").catch(() => [])).length < 2) {
    assert.equal(killed.child.exitCode, null, killed.stderr());
    await pause(20);
  }
  killed.child.kill("SIGKILL");
  await killed.finished;
  const before = await sweeps.journal("out");
  assert.equal(before.length, 2);

  const resumed = await start("pipeline/sweep/main.ts", args).finished;
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stderr, /trial 1 .*from an earlier run/);
  assert.match(resumed.stdout, /2 trainings, 1 of them in this run/);
  assert.match(resumed.stdout, /Winner: trial 2, ratings\.learningRate=0\.02: 0\.\d{4} ± 0\.\d{4}/);
  const after = await sweeps.journal("out");
  assert.deepEqual(after.slice(0, 2), before);
  assert.equal(after.length, 3);

  const config = readConfig(["--config", join(sweeps.root, "out", "best.json")]);
  const { data } = await createInputs(await loadDataset(config), SILENT)(config);
  const runner = createLocalRunner({ config });
  const { figures } = await runner.run(trialOf(config, data, {}), () => {});
  await runner.close();
  assert.deepEqual(after[2]!.figures, figures);
});

test("an invalid sweep file prints an error without a stack; --dry-run trains nothing", async () => {
  const file = join(sweeps.root, "wrong.json");
  await writeFile(file, '{"method":"grid","parameters":{"ratings.dropuot":[0.1]}}');
  const wrong = await start("pipeline/sweep/main.ts", ["--config", file]).finished;
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^error: .*wrong\.json: .*did you mean "ratings\.dropout"/);
  assert.doesNotMatch(wrong.stderr, /at .*\.[jt]s:\d+/, "users get a sentence, not a stack");

  await writeFile(file, '{"method":"halving","trials":3,"parameters":{"ratings.dropout":[0,0.1]}}');
  const dry = await start("pipeline/sweep/main.ts", ["--config", file, "--dry-run"]).finished;
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /trial 2 {2}ratings\.dropout=0\.1/);
  await assert.rejects(readFile(join("sweeps", "wrong", "results.jsonl")), /ENOENT/);
});
