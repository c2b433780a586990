/** The generator of large data sets, at a tiny size: long-tailed and reproducible. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type DatasetSize, generate } from "../../../bench/scale/generate.ts";
import { ratingCounts } from "../../../bench/scale/ratings.ts";
import { sha256 } from "../../../node/files.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { readCourse } from "../../../pipeline/dataset/course.ts";
import type { LabelledMovie } from "../../../pipeline/dataset/dataset.ts";
import { imageOf, ratingsOf } from "../../../pipeline/dataset/inputs.ts";
import { loadDataset } from "../../../pipeline/dataset/load.ts";
import { folder } from "../../pipeline/dataset/folder.ts";

const TINY: DatasetSize = { movies: 150, users: 200, ratings: 8000, pictures: 5 };

/** SHA-256 of every file, by its path in the folder. */
async function hashesOf(dir: string): Promise<Record<string, string>> {
  const names = (await readdir(dir, { recursive: true })).filter((name) => name.includes("."));
  const hashes = names.map(async (name) => [name, sha256(await readFile(join(dir, name)))]);
  return Object.fromEntries(await Promise.all(hashes));
}

test("a generated data set has no issues, is long-tailed, and depends only on the seed", async (t) => {
  const [one, two, other] = await Promise.all([folder(t, {}), folder(t, {}), folder(t, {})]);
  await generate(one, TINY);
  const dataset = await readCourse(one, { strict: true });
  assert.deepEqual(dataset.issueCounts, {});
  const { movies, users } = dataset;
  const counts = movies
    .map((movie) => ratingsOf(movie, "ratings").users.length)
    .sort((a, b) => a - b);
  assert.equal(movies.length, TINY.movies);
  assert.equal(users.ratings!.length, TINY.users);
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    TINY.ratings,
  );
  assert.ok(
    counts.at(-1)! > 3 * counts[counts.length >> 1]!,
    "the largest count exceeds three medians",
  );

  // Pictures repeat but files do not, so that every file has to be decoded.
  assert.ok(movies.every((movie) => imageOf(movie, "poster") !== undefined));
  const posters = movies.map(async (movie) => sha256(await readFile(imageOf(movie, "poster")!)));
  assert.equal(new Set(await Promise.all(posters)).size, TINY.movies);

  await generate(two, TINY);
  await generate(other, TINY, { seed: 2 });
  const hashes = await hashesOf(one);
  assert.deepEqual(await hashesOf(two), hashes);
  assert.notEqual((await hashesOf(other))["ratings.dat"], hashes["ratings.dat"]);
});

test("MovieLens' own layout has the same movies and ratings, and is read by sight", async (t) => {
  const [course, movielens] = await Promise.all([folder(t, {}), folder(t, {})]);
  await generate(course, TINY);
  await generate(movielens, TINY, { layout: "movielens" });
  const { dataset } = await loadDataset({ data: movielens, cache: movielens, strict: true });
  assert.deepEqual(dataset.issueCounts, {});
  const facts = ({ id, values, labels }: LabelledMovie) => {
    const { stars } = ratingsOf({ values }, "ratings");
    return [id, values.title, [...labels].sort(), [...stars]];
  };
  const byId = (a: LabelledMovie, b: LabelledMovie) => Number(a.id) - Number(b.id);
  const { movies } = await readCourse(course, { strict: true });
  assert.deepEqual([...dataset.movies].sort(byId).map(facts), [...movies].sort(byId).map(facts));
});

test("numbers of ratings per user have the requested sum and are within the limits", () => {
  const counts = ratingCounts(createRandom(1), 500, 60_000, 900);
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    60_000,
  );
  assert.ok(Math.min(...counts) >= 20 && Math.max(...counts) <= 900);
  assert.throws(() => ratingCounts(createRandom(1), 10, 100, 50), /10 users of 20 to 50/);
});
