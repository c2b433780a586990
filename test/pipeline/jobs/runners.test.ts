/** The same trial on this machine and on workers behind a queue, one of which is killed: the same bytes. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { SILENT } from "../../../pipeline/common/console.ts";
import { readConfig } from "../../../pipeline/config/options.ts";
import { loadDataset } from "../../../pipeline/dataset/load.ts";
import { scoreFolds } from "../../../pipeline/folds/score.ts";
import { type CrossValidation, summarizeFolds } from "../../../pipeline/folds/summary.ts";
import { foldsOf, keyOf, type TrialJob, trialOf } from "../../../pipeline/jobs/job.ts";
import { createLocalRunner } from "../../../pipeline/jobs/local.ts";
import { encodeOutput } from "../../../pipeline/jobs/queue/output.ts";
import { createQueueRunner } from "../../../pipeline/jobs/queue/runner.ts";
import type { OnEvent } from "../../../pipeline/jobs/runner.ts";
import { readVersions } from "../../../pipeline/report/provenance.ts";
import { createInputs } from "../../../pipeline/sweep/inputs.ts";
import { noRedis, startRedis, type TestRedis } from "../../node/jobs/redis.ts";
import { createWorkspace, SHORT, start, type Workspace } from "../run/tinyRun.ts";

let workspace: Workspace;
let redis: TestRedis;
let trial: TrialJob;
let summary: CrossValidation;
/** Every output of a fold, by the fold's key. */
const outputs = new Map<string, Uint8Array>();

before(async () => {
  workspace = await createWorkspace(60);
  if (!noRedis) redis = await startRedis();
});
after(async () => {
  if (!noRedis) await redis.remove();
  await workspace.remove();
});

test("the local runner trains a trial's folds, and scores them", async () => {
  const flags = ["--data", workspace.data, "--cache", join(workspace.root, "cache")];
  const config = readConfig([...SHORT, ...flags, "--folds", "2"]);
  const inputs = createInputs(await loadDataset(config), SILENT);
  trial = trialOf(config, (await inputs(config)).data, readVersions());
  const runner = createLocalRunner({ config });
  const results = await Promise.all(foldsOf(trial).map((fold) => runner.run(fold, () => {})));
  for (const [i, fold] of foldsOf(trial).entries()) {
    outputs.set(keyOf(fold), encodeOutput(results[i]!).bytes);
  }
  await runner.close();
  summary = summarizeFolds(await scoreFolds(results, config.seed));
});

test("workers do it to the same bytes, though one is killed at work", {
  skip: noRedis,
}, async () => {
  const storage = join(workspace.root, "storage");
  const startWorker = (name: string) =>
    start("pipeline/worker/main.ts", [
      ...["--queue", redis.url, "--storage", storage, "--data", workspace.data],
      ...["--cache", join(workspace.root, name), "--threads", "1", "--lock", "2", "--name", name],
    ]);
  const workers = new Map(["a", "b"].map((name) => [name, startWorker(name)]));
  const logs = (fold: number) => join(workspace.root, "logs", `fold-${fold + 1}`);
  const runner = await createQueueRunner({
    ...{ url: redis.url, storage, logsOfFold: logs },
    onNotice() {},
  });
  let killed: string | undefined;
  const seen: string[] = [];
  const onEvent: OnEvent = (event, _, machine) => {
    seen.push(`${machine} ${JSON.stringify(event)}`);
    if (killed !== undefined || !("epoch" in event) || event.epoch.tower !== "poster") return;
    killed = machine;
    workers.get(machine!)!.child.kill("SIGKILL");
  };
  try {
    const results = await Promise.all(foldsOf(trial).map((fold) => runner.run(fold, onEvent)));
    for (const [i, fold] of foldsOf(trial).entries()) {
      assert.deepEqual(encodeOutput(results[i]!).bytes, outputs.get(keyOf(fold)));
    }
    assert.deepEqual(await runner.run(trial, onEvent), summary, "scored from the same folds");
    assert.ok(killed !== undefined);
    const other = killed === "a" ? "b" : "a";
    const resumed = seen.filter((text) => text.startsWith(other) && /"resumed"/.test(text));
    assert.equal(resumed.length, 1, seen.join("\n"));
    assert.match(resumed[0]!, /title finished/);
    for (const { fold } of foldsOf(trial)) {
      const history = await readFile(join(logs(fold), "history.jsonl"), "utf8");
      const towers = [...history.matchAll(/"type":"epoch".*?"tower":"(\w+)"/g)].map(([, t]) => t);
      assert.deepEqual(towers, ["title", "poster", "ratings"], "each epoch once, of both workers");
    }
  } finally {
    await runner.close();
    for (const { child } of workers.values()) child.kill("SIGKILL");
  }
});
