/**
 * `node --import tsx bench/soak.ts [--seconds 600] [--model FOLDER]`: offers the server twice the load that it can answer while
 * attackers send what has stopped servers, changed requests and bodies that never end; reports statuses, latencies and,
 * minute by minute, memory.
 *
 * The load generator shares the processors with the server. Linux only.
 */

import { Agent } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Piscina } from "piscina";
import * as z from "zod";
import { openBundle } from "../node/bundle.ts";
import { FAILED, runCommand } from "../node/command.ts";
import { markdownTable } from "../pipeline/evaluate/table.ts";
import { seedsOf } from "./mutations/kinds.ts";
import type { Sending as Changed } from "./mutations/sender.ts";
import { statusCounts } from "./mutations/statusCounts.ts";
import { type LoadResult, measure } from "./serve/load.ts";
import { offer } from "./serve/offer.ts";
import { type ServerProcess, startMarquee } from "./serve/processes.ts";
import { drawPosters, jsonBodies } from "./serve/requests.ts";
import { ATTACKS } from "./stalls/attacks.ts";
import type { Sending as Attack, Sent } from "./stalls/sender.ts";
import { median, quantile } from "./statistics.ts";

const OVERLOAD = 2;
const CONNECTIONS = 512;
/** Different posters that are sent. */
const POSTERS = 256;
/** Bodies that never end, at a time. */
const UNFINISHED = 40;
const WARM_UP_SECONDS = 30;
const SAMPLE_MS = 1000;

const program = {
  name: "node --import tsx bench/soak.ts",
  description: "Offers twice the load that the server can answer, with attacks mixed in.",
  schema: z.strictObject({
    model: z.string().min(1).default("models/ml1m").describe("bundle of movies"),
    seconds: z.number().positive().default(600).describe("duration"),
  }),
};

await runCommand(program, async ({ model, seconds }) => {
  const { manifest } = await openBundle(model);
  const server = await startMarquee({ model, provider: "cpu" });
  const abort = new AbortController();
  try {
    const load = {
      url: `${server.url}/v1/predict`,
      headers: { "content-type": "application/json" },
      bodies: jsonBodies(await drawPosters(POSTERS)),
      connections: CONNECTIONS,
    };
    const { perSecond } = await measure({ ...load, connections: 16, seconds: 10 });
    const rate = Math.round(OVERLOAD * perSecond);
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const attackers = [
      attack(server, manifest.name, abort.signal),
      change(server, model, abort.signal),
      hold(server, abort.signal),
    ];
    await offer({ ...load, rate, seconds: WARM_UP_SECONDS }, agent);
    const memory = watchMemory(server, abort.signal);
    const result = await offer({ ...load, rate, seconds }, agent);
    abort.abort();
    agent.destroy();
    const [attacks, changed, held] = await Promise.all(attackers);
    const samples = await memory;
    console.log(
      `${rate} requests a second for ${seconds} s, ${OVERLOAD} times the ${perSecond.toFixed(0)} that the server answers;` +
        ` beside them ${attacks!.size} attacks, ${changed!.size} changed requests, ${held!.size} bodies without an end\n`,
    );
    console.log(table(result));
    console.log(`\nwithout an answer: ${result.lost}`);
    console.log(`attacks, statuses: ${statusCounts(attacks!.statuses)}`);
    for (const failure of attacks!.failures) console.log(`attack without an answer: ${failure}`);
    console.log(`changed requests, statuses: ${statusCounts(changed!.statuses)}`);
    console.log(`\nmemory in MB, median of each minute: ${minutes(samples).join(", ")}`);
    const ready = (await fetch(`${server.url}/readyz`)).ok;
    console.log(`ready afterwards: ${ready}`);
    const failed = [...result.statuses.keys(), ...attacks!.statuses, ...changed!.statuses].some(
      (status) => status >= 500 && status !== 503,
    );
    return ready && !failed ? 0 : FAILED;
  } finally {
    abort.abort();
    await server.stop();
  }
});

interface Attackers {
  readonly size: number;
  readonly statuses: readonly number[];
  /** What got no answer, and why. */
  readonly failures: readonly string[];
}

/** One attack of the table after the other. */
async function attack(
  { url }: ServerProcess,
  model: string,
  signal: AbortSignal,
): Promise<Attackers> {
  const file = new URL("./stalls/sender.ts", import.meta.url).href;
  const sender = new Piscina<Attack, Sent>({ filename: file, minThreads: 1, maxThreads: 1 });
  const names = Object.keys(ATTACKS);
  const statuses: number[] = [];
  const failures: string[] = [];
  while (!signal.aborted) {
    const name = names[statuses.length % names.length]!;
    const { status, failure } = await sender.run({ url, model, attack: name });
    statuses.push(status);
    if (failure !== undefined) failures.push(`${name}: ${failure}`);
    await pause(500);
  }
  await sender.destroy();
  return { size: statuses.length, statuses, failures };
}

/** Valid requests with random changes. */
async function change(
  { url }: ServerProcess,
  model: string,
  signal: AbortSignal,
): Promise<Attackers> {
  const file = new URL("./mutations/sender.ts", import.meta.url).href;
  const sender = new Piscina<Changed, Sent>({ filename: file, minThreads: 1, maxThreads: 1 });
  const seeds = Object.values(await seedsOf(model)).filter(({ path }) => path !== undefined);
  const statuses: number[] = [];
  for (let i = 0; !signal.aborted; i++) {
    const sent = await sender.run({ url, seed: seeds[i % seeds.length]!, number: `soak/${i}` });
    statuses.push(sent.status);
    await pause(50);
  }
  await sender.destroy();
  return { size: statuses.length, statuses, failures: [] };
}

/** Keeps bodies of a megabyte open whose last byte never comes; the server cuts them off, and others follow. */
async function hold({ url }: ServerProcess, signal: AbortSignal): Promise<Attackers> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  let count = 0;
  const head = `POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000001\r\n\r\n`;
  while (!signal.aborted) {
    while (open.size < UNFINISHED) {
      const socket = connect(Number(port), hostname, () => socket.write(head + " ".repeat(1e6)));
      open.add(socket);
      count++;
      socket.on("error", () => {});
      socket.on("close", () => open.delete(socket));
      socket.on("end", () => socket.destroy());
      socket.resume();
    }
    await pause(200);
  }
  for (const socket of open) socket.destroy();
  return { size: count, statuses: [], failures: [] };
}

/** Resident set size in bytes, once a second until the signal. */
async function watchMemory(server: ServerProcess, signal: AbortSignal): Promise<number[]> {
  const samples: number[] = [];
  while (!signal.aborted) {
    samples.push(server.memory());
    await pause(SAMPLE_MS);
  }
  return samples;
}

function minutes(samples: readonly number[]): string[] {
  const each = 60_000 / SAMPLE_MS;
  return Array.from({ length: Math.ceil(samples.length / each) }, (_, i) =>
    (median(samples.slice(i * each, (i + 1) * each)) / 1e6).toFixed(0),
  );
}

function table(result: LoadResult): string {
  const rows = [...result.statuses].map(([status, count]) => [
    String(status),
    String(count),
    ...[0.5, 0.95, 0.99].map((share) => quantile(result.times(status), share).toFixed(1)),
  ]);
  return markdownTable(["status", "answers", "p50", "p95", "p99 ms"], rows);
}
