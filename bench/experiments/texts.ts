/** A part of Reuters-21578 that recurrent encoders can be compared on within minutes. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";

/** Articles with fewer words are left out: recurrence needs something to read. */
const LEAST_WORDS = 40;
/** Every third of those with as many is taken. */
const EVERY = 3;

/**
 * Writes `articles.csv` and `dataset.json`: bodies and topics of a third of the train split's longer articles. The test
 * split is left out, so that no experiment can look at it.
 *
 * @param table `articles.csv` of Reuters-21578 with the columns id, body, topics and split.
 * @returns Number of articles.
 */
export async function writeTexts(table: string, folder: string): Promise<number> {
  const all: Readonly<Record<string, string>>[] = parse(await readFile(table), { columns: true });
  const rows = all.filter(
    ({ split, body }) => split === "train" && body!.trim().split(/\s+/).length >= LEAST_WORDS,
  );
  const taken = rows.filter((_, i) => i % EVERY === 0);
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "articles.jsonl"),
    taken.map(({ id, body, topics }) => `${JSON.stringify({ id, body, topics })}\n`).join(""),
  );
  await writeFile(join(folder, "dataset.json"), `${JSON.stringify(DESCRIPTION, undefined, 2)}\n`);
  return taken.length;
}

const DESCRIPTION = {
  name: "reuters21578",
  nouns: { item: "article", items: "articles", label: "topic", labels: "topics" },
  items: "articles.jsonl",
  id: "id",
  inputs: { body: { type: "text" } },
  target: { type: "labels", column: "topics", separator: "|" },
  split: { test: 0.1 },
};
