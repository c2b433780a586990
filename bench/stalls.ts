/**
 * `node --import tsx bench/stalls.ts [--model FOLDER] [--parts attacks,search,grpc] [--bodies N] [--seed N]`: how long one
 * request keeps the server's event loop from all others.
 *
 * 1. attacks: requests that have stopped the server, or were made to.
 * 2. search: looks for the slowest body: random ones, and changes of the slowest so far.
 * 3. grpc: both of calls over gRPC.
 *
 * The server runs in this process, the client in a thread. Linux only.
 */

import { pino } from "pino";
import { Piscina } from "piscina";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { findBundle } from "../node/findBundle.ts";
import { createRandom } from "../pipeline/common/random.ts";
import { startServer } from "../serve/server.ts";
import { parseSettings } from "../serve/settings.ts";
import { ATTACKS } from "./stalls/attacks.ts";
import { measureCalls } from "./stalls/grpc.ts";
import { FRAMES, PACKINGS, type Recipe, UNITS } from "./stalls/recipes.ts";
import type { Sending, Sent } from "./stalls/sender.ts";
import { type Stall, watch } from "./stalls/watch.ts";

const PARTS = ["attacks", "search", "grpc"] as const;
/** Slowest bodies that are kept, shown and changed. */
const KEPT = 12;
const MIN_BYTES = 1_000;
const MAX_BYTES = 31_500_000;

const program = {
  name: "node --import tsx bench/stalls.ts",
  description: "Measures how long one request keeps the server's event loop from all others.",
  schema: z.strictObject({
    model: z
      .string()
      .min(1)
      .optional()
      .describe("bundle; default: models/ml1m, or the newest under models/"),
    parts: z
      .array(z.enum(PARTS))
      .default([...PARTS])
      .describe(`what to measure: ${PARTS.join(", ")}`),
    bodies: z.int().positive().default(300).describe("bodies, and calls, that each search sends"),
    seed: z.int().default(1).describe("of the search"),
  }),
};

interface Measured {
  readonly sent: Sent;
  readonly stall: Stall;
}

await runCommand(program, async ({ model, parts, bodies, seed }) => {
  const settings = parseSettings(
    {
      model: model ?? (await findBundle()),
      port: 0,
      grpcPort: 0,
      provider: "cpu",
      reloadSeconds: 0,
      shutdownSeconds: 1,
    },
    "bench",
  );
  const server = await startServer(settings, pino({ level: "silent" }));
  const { url, grpcAddress, models } = server;
  const sender = new Piscina<Sending, Sent>({
    filename: new URL("./stalls/sender.ts", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
  });
  const measure = async (what: Omit<Sending, "url" | "model">): Promise<Measured> => {
    const { result, stall } = await watch(() =>
      sender.run({ ...what, url, model: models.default.model.manifest.name }),
    );
    return { sent: result, stall };
  };
  // The first requests compile code and start threads.
  for (const frame of ["ratings", "tensor", "formRatings"] as const) {
    for (const bytes of [1000, 2_000_000]) {
      await measure({
        recipe: { frame, unit: '{"user":"u","stars":3},', bytes, packing: "identity" },
      });
    }
  }
  try {
    if (parts.includes("attacks")) await measureAttacks(measure);
    if (parts.includes("search")) await search(measure, bodies, seed);
    if (parts.includes("grpc")) {
      const target = { address: grpcAddress!, model: models.default.model.manifest.name };
      await measureCalls(target, bodies, seed);
    }
  } finally {
    await sender.destroy();
    await server.close();
  }
  return 0;
});

type Measure = (what: Omit<Sending, "url" | "model">) => Promise<Measured>;

async function measureAttacks(measure: Measure): Promise<void> {
  console.log("| request | MB | status | stall, ms | of it processor time | memory, MB |");
  console.log("| --- | --: | --: | --: | --: | --: |");
  for (const attack of Object.keys(ATTACKS)) console.log(row(attack, await measure({ attack })));
  console.log();
}

function row(name: string, { sent, stall }: Measured): string {
  const { wall, cpu, memory } = stall;
  return `| ${name} | ${(sent.bytes / 1e6).toFixed(2)} | ${sent.status} | ${wall.toFixed(0)} | ${cpu.toFixed(0)} | ${(memory / 1e6).toFixed(0)} |`;
}

/** Half of the bodies are drawn, half are changes of one of the slowest. */
async function search(measure: Measure, bodies: number, seed: number): Promise<void> {
  const random = createRandom(seed);
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random.next() * values.length)]!;
  const frames = Object.keys(FRAMES) as Recipe["frame"][];
  const size = () => Math.round(MIN_BYTES * (MAX_BYTES / MIN_BYTES) ** random.next());
  const draw = (): Recipe => ({
    frame: pick(frames),
    unit: pick(UNITS),
    bytes: size(),
    packing: pick(PACKINGS),
  });
  const change = (recipe: Recipe): Recipe => {
    const factor = 4 ** (random.next() - 0.5);
    return pick([
      { ...recipe, unit: pick(UNITS) },
      { ...recipe, unit: recipe.unit + pick(UNITS) },
      { ...recipe, frame: pick(frames) },
      { ...recipe, packing: pick(PACKINGS) },
      { ...recipe, bytes: Math.round(Math.min(MAX_BYTES, recipe.bytes * factor)) },
    ]);
  };
  const slowest: (Measured & { readonly recipe: Recipe })[] = [];
  for (let i = 0; i < bodies; i++) {
    const recipe =
      slowest.length > 0 && random.next() < 0.5 ? change(pick(slowest).recipe) : draw();
    slowest.push({ ...(await measure({ recipe })), recipe });
    slowest.sort((a, b) => b.stall.cpu - a.stall.cpu);
    slowest.length = Math.min(slowest.length, KEPT);
  }
  console.log(`The slowest of ${bodies} bodies, seed ${seed}`);
  console.log("| body | MB | status | stall, ms | of it processor time | memory, MB |");
  console.log("| --- | --: | --: | --: | --: | --: |");
  for (const { recipe, ...measured } of slowest) {
    const { frame, unit, bytes, packing } = recipe;
    console.log(
      row(`${frame}: \`${JSON.stringify(unit)}\` to ${bytes} bytes, ${packing}`, measured),
    );
  }
}
