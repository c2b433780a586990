/** The same trial on this machine and on workers behind a queue, whatever happens to them: the same bytes. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { SILENT } from "../../../pipeline/common/console.ts";
import { readConfig } from "../../../pipeline/config/options.ts";
import { loadDataset } from "../../../pipeline/dataset/load.ts";
import { scoreFolds } from "../../../pipeline/folds/score.ts";
import { type CrossValidation, summarizeFolds } from "../../../pipeline/folds/summary.ts";
import { foldsOf, keyOf, nameOf, type TrialJob, trialOf } from "../../../pipeline/jobs/job.ts";
import { createLocalRunner } from "../../../pipeline/jobs/local.ts";
import type { PreparedFile } from "../../../pipeline/jobs/prepared.ts";
import { encodeOutput } from "../../../pipeline/jobs/queue/output.ts";
import { createQueueRunner } from "../../../pipeline/jobs/queue/runner.ts";
import type { OnEvent } from "../../../pipeline/jobs/runner.ts";
import type { EpochLine } from "../../../pipeline/logging/history.ts";
import { readVersions } from "../../../pipeline/report/provenance.ts";
import { createInputs } from "../../../pipeline/sweep/inputs.ts";
import { without } from "../../needs/needs.ts";
import { startRedis, type TestRedis } from "../../node/jobs/redis.ts";
import { createWorkspace, SHORT, start, type Workspace } from "../run/tinyRun.ts";

/** Shorter than a worker is stopped: until another one has ended its job. */
const LOCK_SECONDS = 3;
/** Enough that none is done before it is hit. */
const RATINGS_EPOCHS = 30;

let workspace: Workspace;
let redis: TestRedis;
let trial: TrialJob;
let prepared: readonly PreparedFile[];
let summary: CrossValidation;
/** Every output of a fold, by the fold's key. */
const outputs = new Map<string, Uint8Array>();

before(async () => {
  workspace = await createWorkspace(60);
  if (without("redis") === false) redis = await startRedis();
});
after(async () => {
  if (without("redis") === false) await redis.remove();
  await workspace.remove();
});

test("the local runner trains a trial's folds, and scores them", async () => {
  const flags = ["--data", workspace.data, "--cache", join(workspace.root, "cache")];
  const config = readConfig([
    ...[...SHORT, ...flags, "--folds", "2"],
    ...["--ratings-epochs", String(RATINGS_EPOCHS)],
  ]);
  const inputs = await createInputs(await loadDataset(config), SILENT)(config);
  prepared = inputs.prepared;
  trial = trialOf(config, inputs.data, readVersions());
  const runner = createLocalRunner({ config });
  const results = await Promise.all(foldsOf(trial).map((fold) => runner.run(fold, () => {})));
  for (const [i, fold] of foldsOf(trial).entries()) {
    outputs.set(keyOf(fold), encodeOutput(results[i]!).bytes);
  }
  await runner.close();
  summary = summarizeFolds(await scoreFolds(results, config.seed));
});

test("workers do it to the same bytes, though one is killed, one stopped and Redis restarted", {
  skip: without("redis", "posix"),
}, async () => {
  const storage = join(workspace.root, "storage");
  const startWorker = (name: string) =>
    start("pipeline/worker/main.ts", [
      ...["--queue", redis.url, "--storage", storage, "--data", workspace.data],
      ...["--cache", join(workspace.root, name), "--threads", "1", "--name", name],
      ...["--lock", String(LOCK_SECONDS)],
    ]);
  const workers = new Map(["a", "b", "c"].map((name) => [name, startWorker(name)]));
  const logs = ({ fold }: { fold: number }) => join(workspace.root, "logs", `fold-${fold + 1}`);
  const runner = await createQueueRunner({
    ...{ url: redis.url, storage, logsOfFold: logs },
    onNotice() {},
  });
  /** Names of workers: the first that trains is killed, the second is stopped with its training. */
  const hit: string[] = [];
  const stopped: number[] = [];
  let restarted = Promise.resolve();
  const seen: string[] = [];
  const onEvent: OnEvent = (event, job, machine) => {
    seen.push(`${machine} ${nameOf(job)} ${JSON.stringify(event)}`);
    if (!("epoch" in event) || event.epoch.tower !== "ratings" || event.epoch.epoch < 3) return;
    if (hit.length === 2 || hit.includes(machine!)) return;
    hit.push(machine!);
    const { child } = workers.get(machine!)!;
    if (hit.length === 1) return void child.kill("SIGKILL");
    stopped.push(child.pid!, ...childrenOf(child.pid!));
    for (const pid of stopped) process.kill(pid, "SIGSTOP");
    restarted = redis.kill().then(() => redis.start());
  };
  try {
    const results = await Promise.all(
      foldsOf(trial).map((fold) => runner.run(fold, onEvent, prepared)),
    );
    await restarted;
    for (const [i, fold] of foldsOf(trial).entries()) {
      assert.deepEqual(encodeOutput(results[i]!).bytes, outputs.get(keyOf(fold)));
    }
    assert.deepEqual(await runner.run(trial, onEvent), summary, "scored from the same folds");
    assert.equal(stopped.length, 2, "a worker, and its training");
    const last = ["a", "b", "c"].find((name) => !hit.includes(name))!;
    const resumed = seen.filter((text) => text.startsWith(last) && /"resumed"/.test(text));
    assert.equal(resumed.length, 2, seen.join("\n"));
    for (const text of resumed) {
      assert.match(text, /title finished, ratings after epoch ([2-9]|\d\d), poster finished/);
    }
    for (const { fold } of foldsOf(trial)) {
      const history = await readFile(join(logs({ fold }), "history.jsonl"), "utf8");
      const lines = history
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as EpochLine);
      const ofTower = (name: string) =>
        lines.flatMap(({ type, tower, epoch }) =>
          type === "epoch" && tower === name ? [epoch] : [],
        );
      const all = Array.from({ length: RATINGS_EPOCHS }, (_, i) => i + 1);
      assert.deepEqual([ofTower("title"), ofTower("ratings")], [[1], all], "each epoch once");
    }
    for (const { stderr } of workers.values()) {
      assert.equal(stderr().match(/fetched posters-\S+\.pack from /g)?.length, 1, stderr());
    }
    for (const pid of stopped) process.kill(pid, "SIGCONT");
    const back = workers.get(hit[1]!)!;
    while (!/was given to another worker, because this one was away/.test(back.stderr())) {
      assert.equal(back.child.exitCode, null, back.stderr());
      await pause(20);
    }
  } finally {
    await runner.close();
    for (const { child } of workers.values()) child.kill("SIGKILL");
    // Theirs end by themselves, unless they are stopped.
    for (const pid of stopped) if (existsSync(`/proc/${pid}`)) process.kill(pid, "SIGKILL");
  }
});

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}
