/**
 * `node --import tsx bench/scale.ts [--sizes 1,10,32]`: time and memory of every stage of a whole run, on data sets of the
 * given sizes. Generates the data sets, unless they are there already. Results are in bench/notes/scale.md.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { markdownTable } from "../pipeline/evaluate/table.ts";
import { generate, LAYOUTS, type LayoutName, SIZES } from "./scale/generate.ts";
import { measureRun, totalOf } from "./scale/measure.ts";
import type { Stage } from "./scale/runStages.ts";

const program = {
  name: "node --import tsx bench/scale.ts",
  description:
    "Measures time and memory of every stage of a whole run, on generated data sets: as large as MovieLens 1M, ten times as large, and as large as MovieLens 32M.",
  schema: z.strictObject({
    sizes: z
      .array(z.enum(Object.keys(SIZES) as [string, ...string[]]))
      .default(Object.keys(SIZES))
      .describe("sizes to measure"),
    layout: z
      .enum(Object.keys(LAYOUTS) as [LayoutName, ...LayoutName[]])
      .default("course")
      .describe(
        "of the data sets: the course's, or MovieLens' own, which is read by a description",
      ),
    folder: z
      .string()
      .min(1)
      .default(".cache/scale")
      .describe("folder of the generated data sets, of the cache and of the bundles"),
    epochs: z
      .int()
      .min(1)
      .default(1)
      .describe("epochs per tower; they change the time of training and nothing else"),
  }),
};

await runCommand(program, async ({ sizes, layout, folder, epochs }) => {
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, node ${process.version}`);
  for (const size of sizes) {
    const data = join(folder, layout === "course" ? size : `${layout}-${size}`);
    if (!existsSync(join(data, LAYOUTS[layout].last.file))) {
      console.error(`generating ${data}`);
      await rm(data, { recursive: true, force: true });
      await generate(data, SIZES[size]!, { layout });
    }
    const cache = join(folder, "cache");
    await rm(cache, { recursive: true, force: true });
    const { movies, users, ratings, pictures } = SIZES[size]!;
    const hasPosters = "images" in LAYOUTS[layout];
    const posters = hasPosters && pictures > 0 ? "a" : "no";
    console.log(
      `\n${movies} movies, ${users} users, ${ratings} ratings, ${posters} poster each, ${layout} layout\n`,
    );
    const towers = {
      title: { epochs },
      ratings: { epochs },
      ...(hasPosters ? { poster: { epochs } } : {}),
    };
    const out = join(folder, "models", size);
    const options = { data, cache, out, overwrite: true, log: false, backend: "wasm" };
    console.log(tableOf(await measureRun({ ...options, ...towers })));
  }
  return 0;
});

/** The last stage only says where the bundle is. */
function tableOf(stages: readonly Stage[]): string {
  const header = ["stage", "seconds", "CPU seconds", "peak memory, MB"];
  const rows = [...stages.slice(0, -1), { name: "whole run", ...totalOf(stages) }];
  return markdownTable(header, rows.map(cells), ["left", "right", "right", "right"]);
}

function cells({ name, seconds, cpu, peak }: Stage): string[] {
  return [name, seconds.toFixed(1), cpu.toFixed(1), (peak / 1e6).toFixed(0)];
}
