/**
 * `node --import tsx bench/scale.ts [--folder FOLDER]`: time and memory to prepare a data set ten times as large as MovieLens 1M.
 * Generates it in the folder (default .cache/scale), unless it is there already. Results are in bench/notes/scale.md.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { runCommand } from "../node/command.ts";
import { generate, TENFOLD } from "./scale/generate.ts";
import type { PreparationJob, PreparationResult, Stage } from "./scale/prepare.ts";

const program = {
  name: "node --import tsx bench/scale.ts",
  description:
    "Measures time and memory to prepare a data set ten times as large as MovieLens 1M, which is generated first.",
  schema: z.strictObject({
    folder: z
      .string()
      .min(1)
      .default(".cache/scale")
      .describe("folder of the generated data set and of its cache"),
  }),
};

await runCommand(program, async ({ folder }) => {
  const data = join(folder, "data");
  const cache = join(folder, "cache");
  if (!existsSync(join(data, "movies_train.dat"))) {
    console.error(`generating ${data}; this takes a few minutes`);
    await rm(data, { recursive: true, force: true });
    await generate(data, TENFOLD);
  }
  await rm(cache, { recursive: true, force: true });
  const cold = await prepare({ data, cache });
  const warm = await prepare({ data, cache });
  printTable(cold, warm);
  return 0;
});

function printTable(cold: PreparationResult, warm: PreparationResult): void {
  const { movies, users, ratings, posters } = cold;
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, node ${process.version}`);
  console.log(`${movies} movies, ${users} users, ${ratings} ratings, ${posters} posters`);
  const columns = ["seconds", "CPU seconds", "peak memory so far, MB"];
  const header = ["stage", ...columns, ...columns.map((column) => `posters cached: ${column}`)];
  console.log(`| ${header.join(" | ")} |`);
  console.log(`| ${header.map(() => "---").join(" | ")} |`);
  const rows = cold.stages.map((stage, i) => [stage, warm.stages[i]!] as const);
  for (const row of rows) {
    console.log(`| ${row[0].name} | ${row.map(cells).join(" | ")} |`);
  }
  const total = ({ stages }: PreparationResult) => ({
    seconds: stages.reduce((sum, { seconds }) => sum + seconds, 0),
    cpu: stages.reduce((sum, { cpu }) => sum + cpu, 0),
    peak: stages.at(-1)!.peak,
  });
  console.log(`| total | ${[cold, warm].map((run) => cells(total(run))).join(" | ")} |`);
}

function cells({ seconds, cpu, peak }: Omit<Stage, "name">): string {
  return `${seconds.toFixed(1)} | ${cpu.toFixed(1)} | ${(peak / 1e6).toFixed(0)}`;
}

/** Prepares the data set in a new process, so that its peak memory is that of the preparation. */
async function prepare(job: PreparationJob): Promise<PreparationResult> {
  const child = fork(fileURLToPath(new URL("./scale/prepare.ts", import.meta.url)), {
    execArgv: ["--import", import.meta.resolve("tsx")],
    serialization: "advanced",
  });
  child.send(job);
  const answer = once(child, "message");
  const [code] = await Promise.race([answer.then(() => [0]), once(child, "exit")]);
  if (code !== 0) throw new Error(`the preparation ended with status ${code}`);
  return (await answer)[0] as PreparationResult;
}
