/**
 * `node --import tsx bench/queue.ts [--workers N] [--trials N]`: what a queue costs, without training. Workers that wait a
 * second for each job, four folds and a score per trial, on one Redis of this machine.
 */

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Queue } from "bullmq";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { sha256 } from "../node/files.ts";
import { openClient, type Work } from "../node/jobs/queue/client.ts";
import { connectRedis } from "../node/jobs/queue/connect.ts";
import { PREFIX } from "../node/jobs/queue/queue.ts";
import { parseConfig } from "../pipeline/config/options.ts";
import { trialOf } from "../pipeline/jobs/job.ts";
import { readVersions } from "../pipeline/report/provenance.ts";
import { startRedis } from "../test/node/jobs/redis.ts";

const FOLDS = 4;
/** Processes that the workers are spread over. */
const PROCESSES = 4;

const program = {
  name: "node --import tsx bench/queue.ts",
  description: "Measures what a queue costs, with workers that only wait.",
  schema: z.strictObject({
    workers: z.int().positive().default(200).describe("workers, each with connections of its own"),
    trials: z.int().positive().default(2000).describe("trials of four folds: five jobs each"),
  }),
};

await runCommand(program, async ({ workers, trials }) => {
  const redis = await startRedis();
  const script = fileURLToPath(new URL("./queue/workers.ts", import.meta.url));
  const children = Array.from({ length: PROCESSES }, (_, i) =>
    fork(script, [redis.url, String(Math.ceil(workers / PROCESSES)), `process-${i}`], {
      execArgv: ["--import", "tsx"],
    }),
  );
  try {
    await Promise.all(children.map(nextMessage));
    await measure(redis.url, { workers, trials }, children);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await redis.remove();
  }
  return undefined;
});

async function measure(
  url: string,
  { workers, trials }: { readonly workers: number; readonly trials: number },
  children: readonly ChildProcess[],
): Promise<void> {
  const connection = await connectRedis({ url, onNotice() {} });
  let notes = 0;
  const client = await openClient({ queue: "bench", connection, onNote: () => notes++ });
  const before = await infoOf();
  const memory: number[] = [];
  const watch = setInterval(async () => memory.push(Number((await infoOf()).used_memory)), 1000);
  const started = performance.now();
  await Promise.all(jobs(trials).map(([trial, ...folds]) => client.run(trial!, folds)));
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  const after = await infoOf();
  const queue = new Queue("bench", { connection, prefix: PREFIX });
  const done = await queue.getJobs(["completed"], 0, -1);
  const worked = done.map(({ processedOn = 0, finishedOn = 0 }) => ({ processedOn, finishedOn }));
  await queue.close();
  const first = worked.reduce(
    (least, { processedOn }) => Math.min(least, processedOn),
    Number.POSITIVE_INFINITY,
  );
  const last = worked.reduce((most, { finishedOn }) => Math.max(most, finishedOn), 0);
  const working = (last - first) / 1000;
  const inJobs = worked.reduce((sum, job) => sum + (job.finishedOn - job.processedOn) / 1000, 0);
  const used = (name: string) => Number(after[name]) - Number(before[name]);
  const count = trials * (FOLDS + 1);
  const redisCpu = used("used_cpu_sys") + used("used_cpu_user");
  const usage = await Promise.all(
    children.map((child) => {
      child.send("usage");
      return nextMessage(child) as Promise<{ cpu: NodeJS.CpuUsage }>;
    }),
  );
  const workerCpu = usage.reduce((sum, { cpu }) => sum + (cpu.user + cpu.system) / 1e6, 0);
  const own = process.cpuUsage();
  const perJob = (total: number, digits = 2) => `${((1000 * total) / count).toFixed(digits)} ms`;
  const ideal = count / workers;
  const rows = [
    ["jobs", String(count)],
    ["workers", String(workers)],
    ["from the first job to the last", `${working.toFixed(1)} s; ${ideal.toFixed(1)} s is ideal`],
    ["until all outputs had arrived", `${seconds.toFixed(1)} s`],
    ["a job of one second took", perJob(inJobs, 0)],
    ["then a worker waited for", perJob(working * workers - inJobs, 0)],
    ["processor time of Redis per job", perJob(redisCpu)],
    ["of workers", perJob(workerCpu)],
    ["of who waits", perJob((own.user + own.system) / 1e6)],
    ["commands per job", (used("total_commands_processed") / count).toFixed(1)],
    ["memory of Redis, most", `${(Math.max(...memory) / 1e6).toFixed(1)} MB`],
    ["at the end, all jobs kept", `${(Number(after.used_memory) / 1e6).toFixed(1)} MB`],
    ["append-only file", `${(Number(after.aof_current_size) / 1e6).toFixed(1)} MB`],
    ["notes that arrived", String(notes)],
  ];
  process.stdout.write(rows.map(([name, value]) => `| ${name} | ${value} |\n`).join(""));
  await client.close();
  connection.disconnect();

  async function infoOf(): Promise<Record<string, string>> {
    const text = await connection.info();
    return Object.fromEntries(
      text.split("\r\n").flatMap((line) => {
        const [name, value] = line.split(":");
        return value === undefined ? [] : [[name!, value]];
      }),
    );
  }
}

/** Trials as sweeps give them, each before its folds. */
function jobs(trials: number): Work[][] {
  const digest = sha256("bench");
  const config = parseConfig({ folds: FOLDS }, "bench");
  const { identity } = trialOf(
    config,
    { tables: digest, posters: digest, files: {} },
    readVersions(),
  );
  return Array.from({ length: trials }, (_, t) => {
    const work = (name: string, data: object): Work => ({
      key: sha256(`${t} ${name}`),
      name,
      data: { ...data, identity: { ...identity, options: { ...identity.options, seed: t } } },
    });
    const folds = Array.from({ length: FOLDS }, (_, fold) =>
      work(`fold ${fold + 1}/${FOLDS}`, { kind: "fold", fold }),
    );
    return [work("trial", { kind: "trial" }), ...folds];
  });
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`a process of workers ended: ${code}`)));
  });
}
