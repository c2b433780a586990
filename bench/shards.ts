/**
 * Rows per second of batches in shards, by the number of worker processes, while workers are killed:
 * `node --import tsx bench/shards.ts --rows 1000000 --workers 1,2,3 --kill-s 20`. Checks that each row is there once, in order.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { findBundle, modelOption } from "../node/findBundle.ts";

const program = {
  name: "node --import tsx bench/shards.ts",
  description: "Scores generated rows, a title each, in shards, by several numbers of workers.",
  schema: z.strictObject({
    model: modelOption,
    rows: z.int().positive().default(100_000).describe("rows to score"),
    shardRows: z.int().positive().default(10_000).describe("rows of a shard"),
    workers: z
      .string()
      .regex(/^\d+(,\d+)*$/)
      .default("1,2,3")
      .describe("numbers of worker processes, one run each"),
    killS: z.number().min(0).default(0).describe("how often a worker is killed; 0: never"),
  }),
};

const WORDS = [
  "War",
  "Love",
  "Night",
  "Lantern",
  "Doom",
  "City",
  "Summer",
  "Ghost",
  "River",
  "King",
];

/** The row's title: no random numbers, so that all runs have the same. */
function titleOf(i: number): string {
  return `The ${WORDS[i % 10]} of ${WORDS[Math.floor(i / 10) % 10]} ${i}`;
}

async function writeRows(path: string, rows: number): Promise<void> {
  const out = createWriteStream(path);
  for (let i = 0; i < rows; i++) {
    if (!out.write(`{"id":${i},"title":"${titleOf(i)}"}\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
}

/** @returns The processes that a process has started. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return text.trim().split(" ").filter(Boolean).map(Number);
}

/** @throws Error unless the answers are those of all rows, in order. */
async function check(path: string, rows: number): Promise<void> {
  let next = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const { id } = JSON.parse(line) as { readonly id: number };
    if (id !== next) throw new Error(`row ${next} was expected in ${path}; found ${id}`);
    next++;
  }
  if (next !== rows) throw new Error(`${path} has ${next} rows, expected ${rows}`);
}

await runCommand(program, async (options) => {
  const { rows, shardRows, killS } = options;
  const model = options.model ?? (await findBundle());
  const root = await mkdtemp(join(tmpdir(), "marquee-shards-"));
  try {
    const input = join(root, "rows.jsonl");
    await writeRows(input, rows);
    for (const workers of options.workers.split(",")) {
      const output = join(root, `${workers}.jsonl`);
      const started = performance.now();
      const child = spawn(
        process.execPath,
        [
          ...["--import", "tsx", "serve/predict.ts", "--model", model, "--input", input],
          ...["--shards", join(root, workers), "--shard-rows", `${shardRows}`],
          ...["--workers", workers, "--merge", "--output", output],
        ],
        { stdio: ["ignore", "ignore", "inherit"] },
      );
      let kills = 0;
      const killer =
        killS > 0 &&
        setInterval(async () => {
          const [first] = await childrenOf(child.pid!);
          if (first !== undefined && process.kill(first, "SIGKILL")) kills++;
        }, killS * 1000);
      const [code] = await once(child, "close");
      if (killer) clearInterval(killer);
      if (code !== 0) throw new Error(`the batch ended with status ${code}`);
      const seconds = (performance.now() - started) / 1000;
      await check(output, rows);
      process.stdout.write(
        `${workers} workers: ${seconds.toFixed(1)} s, ${(rows / seconds).toFixed(0)} rows/s, ${kills} killed; each row once, in order\n`,
      );
      await Promise.all([
        rm(join(root, workers), { recursive: true, force: true }),
        rm(output, { force: true }),
      ]);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return undefined;
});
