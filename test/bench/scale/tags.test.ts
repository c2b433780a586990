/** The generator of data sets with many labels, at a small size. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { generateTags } from "../../../bench/scale/tags.ts";
import { readCourse } from "../../../pipeline/dataset/course.ts";
import { countOf } from "../../../pipeline/targets/oneHot.ts";
import { folder } from "../../pipeline/dataset/folder.ts";

const SIZE = { movies: 500, labels: 100 };

async function generated(dir: string, size = SIZE, seed?: number) {
  await generateTags(dir, size, seed);
  return readCourse(dir, { strict: true });
}

test("a data set of tags has no issues, is long-tailed, and depends only on the seed", async (t) => {
  const dataset = await generated(await folder(t, {}));
  assert.deepEqual(dataset.issueCounts, {});
  assert.deepEqual([dataset.movies.length, dataset.labels.length], [500, 100]);
  assert.equal(dataset.movies.filter(({ split }) => split === "test").length, 100);
  assert.ok(dataset.movies.every(({ labels }) => labels.length >= 1 && labels.length <= 4));
  const counts = countOf(dataset.movies, dataset.labels);
  assert.ok(counts[0]! > 3 * counts[50]!, `${counts[0]} movies with the first, ${counts[50]}`);

  assert.equal((await generated(await folder(t, {}))).sha256, dataset.sha256);
  assert.notEqual((await generated(await folder(t, {}), SIZE, 2)).sha256, dataset.sha256);
});

test("movies have no more tags than there are labels", async (t) => {
  const { movies } = await generated(await folder(t, {}), { movies: 20, labels: 1 });
  assert.ok(movies.every(({ labels }) => labels.length === 1));
});
