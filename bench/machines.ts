/**
 * A sweep and a run with folds, on this machine and on three workers of which one is killed, one is stopped and Redis is
 * killed: are the results the same bytes? `node --import tsx bench/machines.ts [--stop SECONDS] [--trials N] [--folds N]`
 */

import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { sha256 } from "../node/files.ts";
import { startRedis } from "../test/node/jobs/redis.ts";
import { SHORT, start } from "../test/pipeline/run/tinyRun.ts";

const { values } = parseArgs({
  options: {
    stop: { type: "string", default: "90" },
    trials: { type: "string", default: "12" },
    folds: { type: "string", default: "2" },
  },
});
const stopSeconds = Number(values.stop);
const root = await mkdtemp(join(tmpdir(), "marquee-machines-"));
const redis = await startRedis();
const started = performance.now();
const say = (text: string) =>
  void process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1)} s  ${text}\n`);

const sweep = {
  method: "random",
  trials: Number(values.trials),
  base: {
    ...{ cache: join(root, "cache"), folds: Number(values.folds), seed: 3, backend: "wasm" },
    title: { epochs: 1, buckets: 256, dimensions: 8 },
    poster: { epochs: 2, height: 24, width: 16, channels: [4, 8] },
    ratings: { epochs: 8, dimensions: 16 },
  },
  parameters: { "ratings.learningRate": { min: 0.001, max: 0.1, scale: "log" } },
};

interface Results {
  /** SHA-256 by file. */
  readonly files: Readonly<Record<string, string>>;
  readonly seconds: number;
}

/** Sweeps, then runs with five folds. */
async function results(name: string, queue: readonly string[]): Promise<Results> {
  const begun = performance.now();
  const out = join(root, name);
  await mkdir(out);
  const file = join(root, "sweep.json");
  await writeFile(file, JSON.stringify(sweep));
  await command("pipeline/sweep/main.ts", [
    ...["--config", file, "--out", join(out, "sweep"), ...queue],
  ]);
  await command("pipeline/main.ts", [
    ...[...SHORT, "--folds", "5", "--cache", join(root, "cache")],
    ...["--out", join(out, "bundle"), ...queue],
  ]);
  const figures = (await readFile(join(out, "sweep/results.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map(({ key, figures, error }) => JSON.stringify({ key, figures, error }))
    .sort();
  const manifest = JSON.parse(await readFile(join(out, "bundle/manifest.json"), "utf8")) as {
    metrics: unknown;
    target: unknown;
  };
  const hashOf = async (path: string) => sha256(await readFile(join(out, path)));
  return {
    files: {
      "best.json": await hashOf("sweep/best.json"),
      "results.json": await hashOf("sweep/results.json"),
      [`all figures of ${figures.length} trials`]: sha256(figures.join("\n")),
      "model.onnx": await hashOf("bundle/model.onnx"),
      "metrics and thresholds": sha256(JSON.stringify([manifest.metrics, manifest.target])),
    },
    seconds: (performance.now() - begun) / 1000,
  };
}

async function command(script: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await start(script, args).finished;
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${stderr}`);
}

const storage = join(root, "storage");
const startWorker = (name: string) =>
  start("pipeline/worker/main.ts", [
    ...["--queue", redis.url, "--storage", storage, "--name", name, "--threads", "1"],
    ...["--cache", join(root, `cache-${name}`)],
  ]);

/** Waits until a worker has begun so many jobs. */
async function begun(worker: ReturnType<typeof startWorker>, count: number): Promise<void> {
  while ([...worker.stderr().matchAll(/ begins$/gm)].length < count) {
    if (worker.child.exitCode !== null) throw new Error(`a worker ended:\n${worker.stderr()}`);
    await pause(20);
  }
}

async function disturb(workers: readonly ReturnType<typeof startWorker>[]): Promise<void> {
  const [killed, stopped] = workers as [(typeof workers)[0], (typeof workers)[0]];
  await begun(killed, 2);
  killed.child.kill("SIGKILL");
  say("one worker is killed at work");
  await begun(stopped, 2);
  // Its trainings' processes as well, as if the machine had stopped.
  const children = execFileSync("ps", ["-o", "pid=", "--ppid", String(stopped.child.pid)])
    .toString()
    .split(/\s+/)
    .filter(Boolean)
    .map(Number);
  const pids = [stopped.child.pid!, ...children];
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  say(`one worker is stopped for ${stopSeconds} s`);
  await pause((stopSeconds * 1000) / 3);
  await redis.kill();
  await pause(2000);
  await redis.start();
  say("Redis was killed, and is back from its append-only file");
  await pause((stopSeconds * 1000 * 2) / 3);
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGCONT");
    } catch {
      // It has ended.
    }
  }
  say("the stopped worker goes on");
}

const local = await results("local", []);
say(`locally: ${local.seconds.toFixed(1)} s`);
const workers = ["one", "two", "three"].map(startWorker);
try {
  const disturbed = disturb(workers);
  const queued = await results("queue", ["--queue", redis.url, "--storage", storage]);
  say(`with three workers: ${queued.seconds.toFixed(1)} s`);
  await disturbed;
  for (const [file, digest] of Object.entries(local.files)) {
    const same = queued.files[file] === digest;
    say(`${file}: ${same ? "the same bytes" : "DIFFERENT"} (${digest.slice(0, 12)})`);
    if (!same) process.exitCode = 1;
  }
  for (const [i, worker] of workers.entries()) {
    const done = [...worker.stderr().matchAll(/ done, /g)].length;
    say(`worker ${i + 1} finished ${done} jobs`);
    await writeFile(join(tmpdir(), `marquee-machines-worker-${i + 1}.log`), worker.stderr());
  }
} finally {
  for (const { child } of workers) child.kill("SIGKILL");
  await redis.remove();
  await rm(root, { recursive: true, force: true });
}
