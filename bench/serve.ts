/**
 * `node --import tsx bench/serve.ts [--model FOLDER] [--seconds N] [--soak SECONDS] [--parts tensors,python,soak]`:
 * the server over loopback,
 *
 * 1. with batches of tensors, beside bare onnxruntime-node sessions that are fed the same tensors in a loop, with as many
 *    threads;
 * 2. with posters in JSON, beside FastAPI and onnxruntime in Python, which answer the same JSON: every poster new to this server,
 *    and every one seen before;
 * 3. at four times the load that it can answer, for a minute.
 *
 * Each comparison takes turns, and a ratio is the median of the rounds'. The load comes from this process, on the same
 * processors as the servers. Part 2 needs Python 3 with fastapi, uvicorn[standard], onnxruntime, pillow and numpy; $PYTHON names
 * another interpreter than python3.
 */

import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { Agent } from "node:http";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { Piscina } from "piscina";
import { openBundle } from "../node/bundle.ts";
import { findBundle } from "../node/findBundle.ts";
import type { Tensor } from "../predictor/tensor.ts";
import { type LoadResult, measure } from "./serve/load.ts";
import { offer } from "./serve/offer.ts";
import { type ServerProcess, startMarquee, startPython } from "./serve/processes.ts";
import { drawPosters, inferRequest, jsonBodies, prepareBatch } from "./serve/requests.ts";
import { median, quantile } from "./statistics.ts";

const ROUNDS = 3;
const POSTERS = 256;
const TENSOR_BATCH = 32;
const RATINGS = 100;
const CONCURRENCY = [1, 2, 4, 8, 16, 32];
const OVERLOAD = 4;
const MOST_CONNECTIONS = 512;
/** A refusal should come within this time. */
const SOON_MS = 50;
const JSON_HEADERS = { "content-type": "application/json" };

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    seconds: { type: "string", default: "4" },
    soak: { type: "string", default: "60" },
    parts: { type: "string", default: "tensors,python,soak" },
  },
});
const seconds = Number(values.seconds);
const path = values.model ?? (await findBundle());
const bundle = await openBundle(path);
const cores = availableParallelism();
console.log(
  `${cpus()[0]?.model.trim()}, ${cores} processors; node ${process.version}; bundle ${bundle.manifest.name}\n`,
);
const posters = await drawPosters(POSTERS);
const bodies = jsonBodies(posters);

const parts = values.parts.split(",");
if (parts.includes("tensors")) await compareTensors();
if (parts.includes("python")) await comparePython();
if (parts.includes("soak")) await soak(Number(values.soak));

async function compareTensors(): Promise<void> {
  const feeds = await prepareBatch(bundle.manifest, posters.slice(0, TENSOR_BATCH), RATINGS);
  const { body, headers } = inferRequest(feeds);
  const args = ["--model", path, "--provider", "cpu", "--workers", String(cores), "--threads", "1"];
  // No batch is refused: here it is its time that counts.
  const queue = String(8 * cores * TENSOR_BATCH);
  const server = await startMarquee([
    ...args,
    "--max-batch",
    String(TENSOR_BATCH),
    "--max-queue",
    queue,
  ]);
  const bare = Array.from({ length: cores }, () => startBare(feeds));
  await Promise.all(bare.map((pool) => pool.run(0)));
  const url = `${server.url}/v2/models/${bundle.manifest.name}/infer`;
  console.log(`Batches of ${TENSOR_BATCH} movies as tensors, ${cores} threads; movies a second`);
  console.log("| connections | bare sessions | server | server / bare | p50 | p95 | p99 ms |");
  console.log("| --: | --: | --: | --: | --: | --: | --: |");
  try {
    for (const connections of [cores, 2 * cores, 4 * cores]) {
      const load = { url, headers, bodies: [body], connections, seconds };
      await measure({ ...load, seconds: 1 });
      const rounds: { bare: number; server: number }[] = [];
      let last: LoadResult | undefined;
      for (let round = 0; round < ROUNDS; round++) {
        const runs = await Promise.all(bare.map((pool) => pool.run(seconds) as Promise<number>));
        last = await measure(load);
        rounds.push({
          bare: (runs.reduce((a, b) => a + b, 0) * TENSOR_BATCH) / seconds,
          server: last.perSecond * TENSOR_BATCH,
        });
      }
      const ratio = median(rounds.map((r) => r.server / r.bare));
      console.log(
        `| ${connections} | ${median(rounds.map((r) => r.bare)).toFixed(0)} | ${median(rounds.map((r) => r.server)).toFixed(0)} | ${ratio.toFixed(2)} | ${latencies(last!)} |`,
      );
    }
  } finally {
    await Promise.all(bare.map((pool) => pool.destroy()));
    await server.stop();
  }
  console.log();
}

/** A pool of one thread for each, so that all run at the same time. */
function startBare(feeds: Readonly<Record<string, Tensor>>): Piscina {
  return new Piscina({
    filename: new URL("./serve/bare.ts", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    workerData: { graph: bundle.graph, threads: 1, feeds },
  });
}

async function comparePython(): Promise<void> {
  const python = process.env.PYTHON ?? "python3";
  const needs = "import fastapi, uvicorn, uvloop, httptools, onnxruntime, PIL, numpy";
  const probe = spawnSync(python, ["-c", needs], { encoding: "utf8" });
  if (probe.status !== 0) {
    const why = probe.error?.message ?? probe.stderr.trim().split("\n").at(-1);
    console.log(`No comparison with FastAPI: ${python} lacks what it needs (${why}).\n`);
    return;
  }
  const args = ["--model", path, "--provider", "cpu"];
  const single = await measureSingle(seconds);
  const servers = {
    fastapi: await startPython(python, path, cores, 1),
    // No cache: every poster is decoded.
    fresh: await startMarquee([...args, "--poster-cache-mb", "0"]),
    seen: await startMarquee(args),
  };
  try {
    const difference = await largestDifference(servers.fresh, servers.fastapi);
    console.log(
      `Largest difference of a probability: ${difference.toExponential(1)}\n` +
        `Bare sessions, ${cores} threads, prepared tensors of one movie at a time: ${single.toFixed(0)} a second\n` +
        `JSON with a poster, requests a second; FastAPI in ${cores} processes; posters new to the server, and seen before`,
    );
    console.log(
      "| connections | FastAPI | p50 | p95 | p99 ms | new | p50 | p95 | p99 ms | / FastAPI | seen | p50 | p95 | p99 ms | / FastAPI |",
    );
    console.log(`|${" --: |".repeat(15)}`);
    for (const connections of CONCURRENCY) console.log(await compareAt(connections, servers));
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
  console.log();
}

/** @returns A row of the table: each server's rate and latencies, and ratios to FastAPI's rate. */
async function compareAt(
  connections: number,
  servers: Readonly<Record<"fastapi" | "fresh" | "seen", ServerProcess>>,
): Promise<string> {
  type Side = keyof typeof servers;
  const load = { headers: JSON_HEADERS, bodies, connections, seconds };
  const rounds: Record<Side, LoadResult>[] = [];
  for (const { url } of Object.values(servers)) {
    await measure({ ...load, url: `${url}/v1/predict`, seconds: 1 });
  }
  for (let round = 0; round < ROUNDS; round++) {
    const ask = (side: Side) => measure({ ...load, url: `${servers[side].url}/v1/predict` });
    rounds.push({
      fastapi: await ask("fastapi"),
      fresh: await ask("fresh"),
      seen: await ask("seen"),
    });
  }
  const cells = (side: Side) =>
    `${median(rounds.map((r) => r[side].perSecond)).toFixed(0)} | ${latencies(rounds.at(-1)![side])}`;
  const ratio = (side: Side) =>
    median(rounds.map((r) => r[side].perSecond / r.fastapi.perSecond)).toFixed(2);
  return `| ${connections} | ${cells("fastapi")} | ${cells("fresh")} | ${ratio("fresh")} | ${cells("seen")} | ${ratio("seen")} |`;
}

/** Movies a second of bare sessions on all processors: more than any server can answer on them. */
async function measureSingle(time: number): Promise<number> {
  const feeds = await prepareBatch(bundle.manifest, posters.slice(0, 1), 0);
  const bare = Array.from({ length: cores }, () => startBare(feeds));
  try {
    await Promise.all(bare.map((pool) => pool.run(0)));
    const runs = await Promise.all(bare.map((pool) => pool.run(time) as Promise<number>));
    return runs.reduce((a, b) => a + b, 0) / time;
  } finally {
    await Promise.all(bare.map((pool) => pool.destroy()));
  }
}

interface Answer {
  readonly scores: readonly { readonly label: string; readonly probability: number }[];
}

async function largestDifference(first: ServerProcess, second: ServerProcess): Promise<number> {
  let largest = 0;
  for (const body of bodies.slice(0, 32)) {
    const ask = async ({ url }: ServerProcess) => {
      const response = await fetch(`${url}/v1/predict`, {
        method: "POST",
        headers: JSON_HEADERS,
        body: new Uint8Array(body),
      });
      const { scores } = (await response.json()) as Answer;
      return new Map(scores.map(({ label, probability }) => [label, probability]));
    };
    const [a, b] = await Promise.all([ask(first), ask(second)]);
    for (const [label, probability] of a) {
      const other = b.get(label);
      if (other !== undefined) largest = Math.max(largest, Math.abs(probability - other));
    }
  }
  return largest;
}

/** More load than the server can answer: accepted requests are answered, the others refused soon. */
async function soak(time: number): Promise<void> {
  const server = await startMarquee([
    "--model",
    path,
    "--provider",
    "cpu",
    "--poster-cache-mb",
    "0",
  ]);
  try {
    const load = { url: `${server.url}/v1/predict`, headers: JSON_HEADERS, bodies };
    const { perSecond } = await measure({ ...load, connections: 32, seconds });
    const overload = {
      ...load,
      connections: MOST_CONNECTIONS,
      rate: Math.round(perSecond * OVERLOAD),
    };
    const agent = new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });
    // Warm: connections are open, and the heap has had its first large collections.
    await offer({ ...overload, seconds: 10 }, agent);
    const before = await memory(server);
    const result = await offer({ ...overload, seconds: time }, agent);
    agent.destroy();
    const after = await memory(server);
    const refused = result.times(503);
    console.log(
      `Soak: ${overload.rate} requests a second for ${time} s, ${OVERLOAD} times the ${perSecond.toFixed(0)} that it answers`,
    );
    console.log(`| status | answers | p50 | p95 | p99 ms |\n| --: | --: | --: | --: | --: |`);
    for (const [status, count] of result.statuses) {
      console.log(`| ${status} | ${count} | ${latencies(result, status)} |`);
    }
    console.log(
      `without an answer: ${result.lost}; slowest 503: ${(refused.at(-1) ?? 0).toFixed(0)} ms, ` +
        `${refused.filter((time) => time > SOON_MS).length} after more than ${SOON_MS} ms; ` +
        `memory ${before.toFixed(0)} -> ${after.toFixed(0)} MB; ready afterwards: ${(await fetch(`${server.url}/readyz`)).ok}`,
    );
  } finally {
    await server.stop();
  }
}

/** Resident megabytes. */
async function memory({ pid }: ServerProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

function latencies(measured: LoadResult, status = 200): string {
  const times = measured.times(status);
  return [0.5, 0.95, 0.99].map((share) => quantile(times, share).toFixed(1)).join(" | ");
}
