/**
 * `node --import tsx bench/experiments.ts [--only NAME,NAME]`: the experiments of docs/experiments.md, on folds of train
 * splits. Sweeps go on where they were interrupted; figures are written to bench/experiments/results/.
 */

import { existsSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { createConsole } from "../pipeline/common/console.ts";
import { runSweep } from "../pipeline/sweep/run.ts";
import { readSweep } from "../pipeline/sweep/schema.ts";
import { measureLearning } from "./experiments/learning.ts";
import { measureNoise } from "./experiments/noise.ts";
import { measurePrior } from "./experiments/prior.ts";
import { measureStopping } from "./experiments/stopping.ts";
import { writeTexts } from "./experiments/texts.ts";
import { generateSpeakers } from "./sequences/generate.ts";

const FOLDER = "bench/experiments";
const SEEDS = [1, 2, 3];

const configOf = (name: string) => join(FOLDER, `${name}.json`);
const resultsOf = (name: string) => join(FOLDER, "results", `${name}.json`);
const write = (name: string, value: unknown) =>
  writeFile(resultsOf(name), `${JSON.stringify(value, undefined, 2)}\n`);

async function sweep(name: string): Promise<void> {
  const folder = join("sweeps", name);
  const swept = await readSweep(configOf(name));
  await runSweep({ sweep: swept, folder, onChange: "extend", out: createConsole() });
  await copyFile(join(folder, "results.json"), resultsOf(name));
}

/** What each experiment does; those of more than a sweep prepare their data, or train otherwise. */
const EXPERIMENTS: Readonly<Record<string, () => Promise<void>>> = {
  async poster() {
    await write("prior", await measurePrior(configOf("poster")));
    await sweep("poster");
  },
  async text() {
    await writeTexts("data/reuters21578/articles.csv", ".cache/reuters");
    await sweep("text");
  },
  async order() {
    const folder = ".cache/speakers";
    if (!existsSync(folder)) {
      await generateSpeakers(folder, { items: 2000, seed: 7, target: "class" });
    }
    await sweep("order");
  },
  async noise() {
    await write("noise", await measureNoise(configOf("noise"), SEEDS, "sweeps/noise"));
  },
  async learning() {
    await write("learning", await measureLearning(configOf("learning")));
  },
  async stopping() {
    await write("stopping", await measureStopping(configOf("stopping")));
  },
  title: () => sweep("title"),
  training: () => sweep("training"),
  optimizers: () => sweep("optimizers"),
};

const names = Object.keys(EXPERIMENTS);
const program = {
  name: "node --import tsx bench/experiments.ts",
  description: "Runs the experiments of docs/experiments.md.",
  schema: z.strictObject({
    only: z.array(z.enum(names)).default(names).describe("which of them"),
  }),
};

await runCommand(program, async ({ only }) => {
  for (const name of only) await EXPERIMENTS[name]!();
  return 0;
});
