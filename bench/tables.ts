/**
 * How fast tables are read, and in how much memory: `node --import tsx bench/tables.ts`. Without a file, ten million invented
 * ratings are written to .cache/tables/ratings.csv first.
 */

import { createWriteStream, existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { createRandom } from "../pipeline/common/random.ts";
import { createIssueList } from "../pipeline/dataset/issues.ts";
import { openTable } from "../pipeline/dataset/tables/open.ts";

const FOLDER = ".cache/tables";
const FILE = `${FOLDER}/ratings.csv`;
const ROWS = 10_000_000;
/** Rows that are written at once. */
const BLOCK = 10_000;

const program = {
  name: "node --import tsx bench/tables.ts",
  description: "Reads a table and prints its rows, the seconds and the peak of memory.",
  schema: z.strictObject({
    file: z.string().min(1).optional().describe("table to read; default: invented ratings"),
    columns: z.array(z.string()).optional().describe("columns to read; default: all"),
  }),
};

await runCommand(program, async ({ file, columns }) => {
  if (file === undefined && !existsSync(FILE)) await writeRatings();
  const started = performance.now();
  const issues = createIssueList();
  const table = await openTable(file ?? FILE, ".", issues);
  let rows = 0;
  for await (const batch of table.read(columns)) rows += batch.rows;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`${rows} rows, ${seconds} s, peak ${megabytes} MB\n`);
  return undefined;
});

async function writeRatings(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const random = createRandom(1);
  function* blocks() {
    yield "userId,movieId,rating,timestamp\n";
    for (let row = 0; row < ROWS; row += BLOCK) {
      let text = "";
      for (let i = 0; i < BLOCK; i++) {
        const user = 1 + Math.floor(200_000 * random.next() ** 2);
        const movie = 1 + Math.floor(87_000 * random.next() ** 3);
        text += `${user},${movie},${((1 + random.int(10)) / 2).toFixed(1)},${800_000_000 + random.int(700_000_000)}\n`;
      }
      yield text;
    }
  }
  await pipeline(Readable.from(blocks()), createWriteStream(FILE));
}
