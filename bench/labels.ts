/**
 * `node --import tsx bench/labels.ts [--labels LIST] [--movies N] [--folder FOLDER]`: time and memory of the whole pipeline by
 * number of labels, on data sets of titles and tags that it generates in the folder (default .cache/labels). Results are in
 * bench/notes/labels.md.
 */
import { rm } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { markdownTable } from "../pipeline/evaluate/table.ts";
import { type Cost, measureRun, totalOf } from "./scale/measure.ts";
import { generateTags } from "./scale/tags.ts";

const positive = z.int().positive();
const program = {
  name: "node --import tsx bench/labels.ts",
  description:
    "Measures time and memory of the whole pipeline by number of labels, on generated data sets of titles and tags.",
  schema: z.strictObject({
    labels: z
      .array(positive)
      .min(1)
      .default([18, 90, 300, 1000, 5000])
      .describe("numbers of labels, in the order of the runs"),
    movies: positive.default(1000).describe("movies of each data set"),
    folder: z
      .string()
      .min(1)
      .default(".cache/labels")
      .describe("folder of the generated data sets, of the bundles and of the cache"),
  }),
};

await runCommand(program, async ({ labels, movies, folder }) => {
  const runs: Run[] = [];
  for (const count of labels) {
    const data = join(folder, `data-${count}`);
    const cache = join(folder, "cache");
    await rm(data, { recursive: true, force: true });
    await rm(cache, { recursive: true, force: true });
    await generateTags(data, { movies, labels: count });
    console.error(`${movies} movies, ${count} labels`);
    const out = join(folder, `bundle-${count}`);
    const options = { data, out, cache, overwrite: true, log: false, backend: "wasm" };
    runs.push({ labels: count, ...totalOf(await measureRun(options)) });
  }
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, node ${process.version}`);
  console.log(`${movies} movies`);
  console.log(describeRuns(runs));
  return 0;
});

interface Run extends Cost {
  readonly labels: number;
}

/** A table of the runs; CPU time per label is that beyond the first run's, per label beyond its labels. */
function describeRuns(runs: readonly Run[]): string {
  const [base] = runs;
  const rows = runs.map(({ labels, seconds, cpu, peak }) => [
    String(labels),
    seconds.toFixed(1),
    cpu.toFixed(1),
    labels > base!.labels ? ((1000 * (cpu - base!.cpu)) / (labels - base!.labels)).toFixed(1) : "-",
    (peak / 1e6).toFixed(0),
  ]);
  const header = [
    "labels",
    "seconds",
    "CPU seconds",
    "CPU ms per further label",
    "peak memory, MB",
  ];
  return markdownTable(
    header,
    rows,
    header.map(() => "right"),
  );
}
