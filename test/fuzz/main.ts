/**
 * `node --import tsx test/fuzz/main.ts [--from 0] [--seeds 500]`: runs the pipeline on data sets that went wrong in ways drawn by
 * seed, in processes of some runs each. Prints what ended wrongly, and exits with 1 if anything did.
 */

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod";
import { FAILED, runCommand } from "../../node/command.ts";
import { generateSample } from "../../pipeline/dataset/sample/sample.ts";
import { runSeed, type SeedResult } from "./runSeed.ts";

/** Seeds per process: models of earlier runs stay in its memory. */
const PER_PROCESS = 20;

const program = {
  name: "fuzz",
  description: "Runs the pipeline on data sets that went wrong in ways drawn by seed.",
  schema: z.strictObject({
    from: z.int().min(0).default(0).describe("first seed"),
    seeds: z.int().positive().default(500).describe("number of seeds"),
    inProcess: z.boolean().default(false).describe("run them in this process, and print JSON"),
  }),
};

await runCommand(program, async ({ from, seeds, inProcess }) => {
  if (inProcess) {
    process.stdout.write(JSON.stringify(await runHere(from, seeds)));
    return 0;
  }
  const results: SeedResult[] = [];
  for (let first = from; first < from + seeds; first += PER_PROCESS) {
    const count = Math.min(PER_PROCESS, from + seeds - first);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        "--import",
        "tsx",
        fileURLToPath(import.meta.url),
        "--in-process",
        "--from",
        `${first}`,
        "--seeds",
        `${count}`,
      ],
      { maxBuffer: 1 << 28 },
    );
    const part = JSON.parse(stdout) as SeedResult[];
    results.push(...part);
    for (const { seed, what, end, issue } of part) {
      if (issue !== undefined) console.log(`seed ${seed}: ${issue}\n  ${what}\n  ${end}`);
    }
  }
  const wrong = results.filter(({ issue }) => issue !== undefined).length;
  const published = results.filter(({ end }) => end === "published").length;
  console.log(
    `${results.length} runs: ${published} published, ${results.length - published} refused, ${wrong} ended wrongly`,
  );
  return wrong > 0 ? FAILED : 0;
});

async function runHere(from: number, seeds: number): Promise<SeedResult[]> {
  const root = await mkdtemp(join(tmpdir(), "marquee-fuzz-"));
  try {
    const source = join(root, "source");
    await generateSample(source, { seed: 7, movies: 60 });
    const results: SeedResult[] = [];
    for (let seed = from; seed < from + seeds; seed++) {
      results.push(await runSeed(seed, source, join(root, "run")));
    }
    return results;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
