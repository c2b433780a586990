/** Generates synthetic data sets with any number of labels in the course's layout: titles and tags, nothing else. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileSynced } from "../../node/files.ts";
import { createRandom, type Random } from "../../pipeline/common/random.ts";

export interface TagDatasetSize {
  readonly movies: number;
  readonly labels: number;
}

/** Share of the movies in the test split. */
const TEST_SHARE = 0.2;
/** Most tags of a movie. */
const MOST_TAGS = 4;
/** First of 50 years of release. */
const FIRST_YEAR = 1950;

const WORDS =
  "red blue green dark light old new lost found king queen river stone night day storm winter summer love war".split(
    " ",
  );

/** Writes a data set into the folder `dir`, which it creates. Equal arguments give equal bytes. */
export async function generateTags(dir: string, size: TagDatasetSize, seed = 1): Promise<void> {
  const random = createRandom(seed).fork("tags");
  const labels = Array.from({ length: size.labels }, (_, i) => `tag ${i + 1}`);
  const movies = Array.from({ length: size.movies }, (_, i) => movieRow(i + 1, labels, random));
  const test = Math.round(TEST_SHARE * movies.length);
  const table = (name: string, rows: readonly string[]) =>
    writeFileSynced(join(dir, name), rows.map((row) => `${row}\n`).join(""));
  await mkdir(dir, { recursive: true });
  await table("genres.txt", labels);
  await table("movies_test.dat", movies.slice(0, test));
  await table("movies_train.dat", movies.slice(test));
}

/** A title of two words with a year, and up to `MOST_TAGS` tags; the first tags are the most frequent. */
function movieRow(id: number, labels: readonly string[], random: Random): string {
  const word = () => WORDS[random.int(WORDS.length)]!;
  const title = `${word()} ${word()} (${FIRST_YEAR + random.int(50)})`;
  const wanted = Math.min(1 + random.int(MOST_TAGS), labels.length);
  const tags = new Set<string>();
  while (tags.size < wanted) tags.add(labels[Math.floor(random.next() ** 2 * labels.length)]!);
  return `${id}::${title}::${[...tags].join("|")}`;
}
