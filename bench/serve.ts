/**
 * `node --import tsx bench/serve.ts [--model FOLDER] [--seconds N] [--soak SECONDS] [--parts tensors,python,soak]`:
 * measures the server over loopback.
 *
 * 1. tensors: batches of tensors, compared with bare onnxruntime-node sessions that run the same tensors in a loop with
 *    as many threads.
 * 2. python: posters in JSON, compared with FastAPI and onnxruntime in Python answering the same JSON; once with every
 *    poster new to our server, once with every poster in its cache.
 * 3. soak: four times the load that it can answer, for a minute.
 *
 * The compared programs take turns; ratios are medians over the rounds. This process generates the load on the same
 * processors as the servers. Processor time of a request, which depends little on what else the machine does, is counted
 * on Linux. Part 2 needs Python 3 with fastapi, uvicorn[standard], onnxruntime, pillow and numpy; $PYTHON
 * names another interpreter than python3.
 */

import { spawnSync } from "node:child_process";
import { Agent } from "node:http";
import { availableParallelism, cpus } from "node:os";
import { Piscina } from "piscina";
import * as z from "zod";
import { openBundle } from "../node/bundle.ts";
import { runCommand } from "../node/command.ts";
import { findBundle } from "../node/findBundle.ts";
import type { Tensor } from "../predictor/tensor.ts";
import { type LoadResult, measure } from "./serve/load.ts";
import { offer } from "./serve/offer.ts";
import { type ServerProcess, startMarquee, startPython } from "./serve/processes.ts";
import { drawPosters, inferRequest, jsonBodies, prepareBatch } from "./serve/requests.ts";
import { median, quantile } from "./statistics.ts";

/** Rounds per comparison. */
const ROUNDS = 3;
/** Different posters that are sent. */
const POSTERS = 256;
/** Movies per batch of tensors. */
const TENSOR_BATCH = 32;
/** Ratings per movie in batches of tensors. */
const RATINGS = 100;
/** Numbers of connections that send JSON. */
const CONCURRENCY = [1, 2, 4, 8, 16, 32];
/** Load of the soak, relative to what the server can answer. */
const OVERLOAD = 4;
/** Before JSON is measured. */
const WARM_UP_SECONDS = 10;
/** Limit of open connections in the soak. */
const MAX_CONNECTIONS = 512;
/** Goal for the latency of a refusal, in milliseconds. */
const REFUSAL_MS = 50;
const JSON_HEADERS = { "content-type": "application/json" };

const PARTS = ["tensors", "python", "soak"] as const;
const cores = availableParallelism();

const positiveSeconds = z.number().positive();
const program = {
  name: "node --import tsx bench/serve.ts",
  description:
    "Measures the server over loopback: batches of tensors against bare sessions, posters in JSON against FastAPI, and overload.",
  schema: z.strictObject({
    model: z
      .string()
      .min(1)
      .optional()
      .describe("bundle; default: models/ml1m, or the newest under models/"),
    seconds: positiveSeconds.default(4).describe("duration of each measurement"),
    soak: positiveSeconds.default(60).describe("duration of the overload, in seconds"),
    parts: z
      .array(z.enum(PARTS))
      .default([...PARTS])
      .describe(`what to measure: ${PARTS.join(", ")}`),
  }),
};

/** What all parts share. */
interface Bench {
  /** Folder of the bundle. */
  readonly path: string;
  readonly bundle: Awaited<ReturnType<typeof openBundle>>;
  readonly posters: Awaited<ReturnType<typeof drawPosters>>;
  readonly bodies: ReturnType<typeof jsonBodies>;
  /** Duration of each measurement. */
  readonly seconds: number;
}

await runCommand(program, async ({ model, seconds, soak, parts }) => {
  const path = model ?? (await findBundle());
  const bundle = await openBundle(path);
  console.log(
    `${cpus()[0]?.model.trim()}, ${cores} processors; node ${process.version}; bundle ${bundle.manifest.name}\n`,
  );
  const posters = await drawPosters(POSTERS);
  const bench = { path, bundle, posters, bodies: jsonBodies(posters), seconds };
  if (parts.includes("tensors")) await compareTensors(bench);
  if (parts.includes("python")) await comparePython(bench);
  if (parts.includes("soak")) await measureOverload(bench, soak);
  return 0;
});

async function compareTensors({ path, bundle, posters, seconds }: Bench): Promise<void> {
  const feeds = await prepareBatch(bundle.manifest, posters.slice(0, TENSOR_BATCH), RATINGS);
  const { body, headers } = inferRequest(feeds);
  const server = await startMarquee({
    model: path,
    provider: "cpu",
    workers: cores,
    "max-batch": TENSOR_BATCH,
    // Long enough that no batch is refused.
    "max-queue": 8 * cores * TENSOR_BATCH,
  });
  const bare = Array.from({ length: cores }, () => startBare(bundle.graph, feeds));
  await Promise.all(bare.map((pool) => pool.run(0)));
  const url = `${server.url}/v2/models/${bundle.manifest.name}/infer`;
  console.log(`Batches of ${TENSOR_BATCH} movies as tensors, ${cores} threads; movies per second`);
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

/** A bare session in a pool of a single thread; several pools run at the same time. */
function startBare(graph: Uint8Array, feeds: Readonly<Record<string, Tensor>>): Piscina {
  return new Piscina({
    filename: new URL("./serve/bare.ts", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    workerData: { graph, threads: 1, feeds },
  });
}

async function comparePython(bench: Bench): Promise<void> {
  const { path, bodies } = bench;
  const python = process.env.PYTHON ?? "python3";
  const imports = "import fastapi, uvicorn, uvloop, httptools, onnxruntime, PIL, numpy";
  const probe = spawnSync(python, ["-c", imports], { encoding: "utf8" });
  if (probe.status !== 0) {
    const why = probe.error?.message ?? probe.stderr.trim().split("\n").at(-1);
    console.log(`No comparison with FastAPI: ${python} lacks a module (${why}).\n`);
    return;
  }
  const single = await measureSingle(bench);
  const servers = {
    fastapi: await startPython(python, { bundle: path, workers: cores, threads: 1 }),
    // Without a cache, the server decodes every poster again.
    uncached: await startMarquee({ model: path, provider: "cpu", "poster-cache-mb": 0 }),
    cached: await startMarquee({ model: path, provider: "cpu" }),
  };
  try {
    const difference = await largestDifference(bodies, servers.uncached, servers.fastapi);
    console.log(
      `Largest difference of a probability: ${difference.toExponential(1)}\n` +
        `Bare sessions, ${cores} threads, prepared tensors of one movie at a time: ${single.toFixed(0)} per second\n` +
        `JSON with a poster, requests per second; FastAPI in ${cores} processes; our server without and with its poster cache`,
    );
    const server = "p50 | p95 | p99 ms | processor, ms";
    console.log(
      `| connections | FastAPI | ${server} | uncached | ${server} | / FastAPI | cached | ${server} | / FastAPI |`,
    );
    console.log(`|${" --: |".repeat(18)}`);
    // JavaScript is compiled while it runs.
    for (const { url } of Object.values(servers)) {
      const load = { headers: JSON_HEADERS, bodies, connections: 8, seconds: WARM_UP_SECONDS };
      await measure({ ...load, url: `${url}/v1/predict` });
    }
    for (const connections of CONCURRENCY)
      console.log(await compareAt(bench, connections, servers));
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
  console.log();
}

/** @returns A row of the table: each server's rate and latencies, and ratios to FastAPI's rate. */
async function compareAt(
  { bodies, seconds }: Bench,
  connections: number,
  servers: Readonly<Record<"fastapi" | "uncached" | "cached", ServerProcess>>,
): Promise<string> {
  type Side = keyof typeof servers;
  const load = { headers: JSON_HEADERS, bodies, connections, seconds };
  type Run = LoadResult & { readonly processorMs: number };
  const rounds: Record<Side, Run>[] = [];
  for (const { url } of Object.values(servers)) {
    await measure({ ...load, url: `${url}/v1/predict`, seconds: 1 });
  }
  for (let round = 0; round < ROUNDS; round++) {
    const run = async (side: Side): Promise<Run> => {
      const { url, processorTime } = servers[side];
      const before = process.platform === "linux" ? processorTime() : Number.NaN;
      const result = await measure({ ...load, url: `${url}/v1/predict` });
      const after = process.platform === "linux" ? processorTime() : Number.NaN;
      return { ...result, processorMs: (after - before) / result.answered };
    };
    rounds.push({
      fastapi: await run("fastapi"),
      uncached: await run("uncached"),
      cached: await run("cached"),
    });
  }
  const cells = (side: Side) =>
    `${median(rounds.map((r) => r[side].perSecond)).toFixed(0)} | ${latencies(rounds.at(-1)![side])} | ${median(rounds.map((r) => r[side].processorMs)).toFixed(2)}`;
  const ratio = (side: Side) =>
    median(rounds.map((r) => r[side].perSecond / r.fastapi.perSecond)).toFixed(2);
  return `| ${connections} | ${cells("fastapi")} | ${cells("uncached")} | ${ratio("uncached")} | ${cells("cached")} | ${ratio("cached")} |`;
}

/** Movies per second of bare sessions on all processors, without decoding or HTTP: an upper bound for any server. */
async function measureSingle({ bundle, posters, seconds }: Bench): Promise<number> {
  const feeds = await prepareBatch(bundle.manifest, posters.slice(0, 1), 0);
  const bare = Array.from({ length: cores }, () => startBare(bundle.graph, feeds));
  try {
    await Promise.all(bare.map((pool) => pool.run(0)));
    const runs = await Promise.all(bare.map((pool) => pool.run(seconds) as Promise<number>));
    return runs.reduce((a, b) => a + b, 0) / seconds;
  } finally {
    await Promise.all(bare.map((pool) => pool.destroy()));
  }
}

interface PredictResponse {
  readonly scores: readonly { readonly label: string; readonly probability: number }[];
}

/** Largest difference of a probability between the answers of both servers, over 32 posters. */
async function largestDifference(
  bodies: Bench["bodies"],
  first: ServerProcess,
  second: ServerProcess,
): Promise<number> {
  let largest = 0;
  for (const body of bodies.slice(0, 32)) {
    const probabilitiesOf = async ({ url }: ServerProcess) => {
      const response = await fetch(`${url}/v1/predict`, {
        method: "POST",
        headers: JSON_HEADERS,
        body: new Uint8Array(body),
      });
      const { scores } = (await response.json()) as PredictResponse;
      return new Map(scores.map(({ label, probability }) => [label, probability]));
    };
    const [a, b] = await Promise.all([probabilitiesOf(first), probabilitiesOf(second)]);
    for (const [label, probability] of a) {
      const other = b.get(label);
      if (other !== undefined) largest = Math.max(largest, Math.abs(probability - other));
    }
  }
  return largest;
}

/** Sends more load than the server can answer; it should answer what it accepts and refuse the rest at once. */
async function measureOverload({ path, bodies, seconds }: Bench, time: number): Promise<void> {
  const server = await startMarquee({ model: path, provider: "cpu", "poster-cache-mb": 0 });
  try {
    const load = { url: `${server.url}/v1/predict`, headers: JSON_HEADERS, bodies };
    const { perSecond } = await measure({ ...load, connections: 32, seconds });
    const overload = {
      ...load,
      connections: MAX_CONNECTIONS,
      rate: Math.round(perSecond * OVERLOAD),
    };
    const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
    // Warm-up: opens the connections and grows the heap.
    await offer({ ...overload, seconds: 10 }, agent);
    const before = server.memory();
    const result = await offer({ ...overload, seconds: time }, agent);
    agent.destroy();
    const after = server.memory();
    const refused = result.times(503);
    console.log(
      `Soak: ${overload.rate} requests per second for ${time} s, ${OVERLOAD} times the ${perSecond.toFixed(0)} that the server answers`,
    );
    console.log(`| status | answers | p50 | p95 | p99 ms |\n| --: | --: | --: | --: | --: |`);
    for (const [status, count] of result.statuses) {
      console.log(`| ${status} | ${count} | ${latencies(result, status)} |`);
    }
    console.log(
      `without an answer: ${result.lost}; slowest 503: ${(refused.at(-1) ?? 0).toFixed(0)} ms, ` +
        `${refused.filter((time) => time > REFUSAL_MS).length} after more than ${REFUSAL_MS} ms; ` +
        `memory ${(before / 2 ** 20).toFixed(0)} -> ${(after / 2 ** 20).toFixed(0)} MiB; ready afterwards: ${(await fetch(`${server.url}/readyz`)).ok}`,
    );
  } finally {
    await server.stop();
  }
}

/** Cells of a table: quantiles of the latency in milliseconds. */
function latencies(measured: LoadResult, status = 200): string {
  const times = measured.times(status);
  return [0.5, 0.95, 0.99].map((share) => quantile(times, share).toFixed(1)).join(" | ");
}
