/**
 * `node --import tsx bench/mutations.ts [--bodies N] [--seed N]`: sends valid requests of every kind with random changes,
 * one after the other, and reports their statuses, how long any keeps the server's event loop from all others, and each
 * that is answered with 500 or not at all.
 *
 * The server runs in this process, the client in a thread. Linux only.
 */

import { pino } from "pino";
import { Piscina } from "piscina";
import * as z from "zod";
import { FAILED, runCommand } from "../node/command.ts";
import { markdownTable } from "../pipeline/evaluate/table.ts";
import { startServer } from "../serve/server.ts";
import { parseSettings } from "../serve/settings.ts";
import { seedsOf } from "./mutations/kinds.ts";
import type { Sending, Sent } from "./mutations/sender.ts";
import { statusCounts } from "./mutations/statusCounts.ts";
import { watch } from "./stalls/watch.ts";

/** Longest time in milliseconds for which a request may keep the event loop. */
const GOAL_MS = 50;

const program = {
  name: "node --import tsx bench/mutations.ts",
  description:
    "Sends requests with random changes, and looks for failures and stalls of the server.",
  schema: z.strictObject({
    model: z.string().min(1).default("models/ml1m").describe("bundle of movies"),
    bodies: z.int().positive().default(10_000).describe("bodies to send, of all kinds together"),
    seed: z.int().default(1).describe("of the changes"),
  }),
};

interface Tally {
  readonly statuses: number[];
  /** In milliseconds, as processor time. */
  worst: number;
  slow: number;
}

await runCommand(program, async ({ model, bodies, seed }) => {
  const settings = parseSettings(
    { model, port: 0, grpcPort: 0, provider: "cpu", reloadSeconds: 0, shutdownSeconds: 1 },
    "bench",
  );
  const server = await startServer(settings, pino({ level: "silent" }));
  const sender = new Piscina<Sending, Sent>({
    filename: new URL("./mutations/sender.ts", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
  });
  const { url, grpcAddress } = server;
  const kinds = Object.entries(await seedsOf(model));
  const tallies = new Map<string, Tally>();
  const failures: string[] = [];
  const before = process.memoryUsage.rss();
  try {
    // The first requests compile code and start threads.
    for (const [, warm] of kinds) {
      for (let i = 0; i < 20; i++)
        await sender.run({ url, grpcAddress, seed: warm, number: `warm-up ${i}` });
    }
    for (let i = 0; i < bodies; i++) {
      const [kind, request] = kinds[i % kinds.length]!;
      const number = `${seed}/${kind}/${i}`;
      const { result, stall } = await watch(() =>
        sender.run({ url, grpcAddress, seed: request, number }),
      );
      const tally = tallies.get(kind) ?? { statuses: [], worst: 0, slow: 0 };
      tallies.set(kind, tally);
      tally.statuses.push(result.status);
      tally.worst = Math.max(tally.worst, stall.cpu);
      const isSlow = stall.cpu > GOAL_MS;
      if (isSlow) tally.slow++;
      if (result.status >= 500 || result.status === 0 || isSlow) {
        failures.push(
          `${number}: status ${result.status}, ${result.bytes} bytes, ${stall.cpu.toFixed(0)} ms`,
        );
      }
    }
  } finally {
    await sender.destroy();
    await server.close();
  }
  const rows = [...tallies].map(([kind, { statuses, worst, slow }]) => [
    kind,
    statusCounts(statuses),
    worst.toFixed(0),
    String(slow),
  ]);
  console.log(markdownTable(["kind", "statuses", "longest stall, ms", "above 50 ms"], rows));
  const grown = (process.memoryUsage.rss() - before) / 1e6;
  console.log(`\n${bodies} bodies, seed ${seed}; memory grew by ${grown.toFixed(0)} MB`);
  for (const failure of failures) console.log(failure);
  return failures.length > 0 ? FAILED : 0;
});
