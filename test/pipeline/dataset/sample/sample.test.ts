import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rm,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import sharp from "sharp";
import { readCourse } from "../../../../pipeline/dataset/course.ts";
import type { Dataset } from "../../../../pipeline/dataset/dataset.ts";
import { imageOf, ratingsOf, textOf } from "../../../../pipeline/dataset/inputs.ts";
import { ensureSample, generateSample } from "../../../../pipeline/dataset/sample/sample.ts";
import { folder } from "../folder.ts";

/** Every file of a folder with its SHA-256. */
async function hashes(dir: string): Promise<Record<string, string>> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  const paths = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
  const result: Record<string, string> = {};
  for (const path of paths.sort()) {
    const sha256 = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    result[path.slice(dir.length)] = sha256;
  }
  return result;
}

describe("generateSample", () => {
  let dataset: Dataset;
  let dir: string;

  let clean = async () => {};

  before(async () => {
    dir = await folder({ after: (remove) => (clean = remove) });
    await generateSample(dir);
    dataset = await readCourse(dir, { synthetic: true, name: "sample" });
  });

  after(() => clean());

  it("has roughly the proportions of real data", () => {
    const { movies, users, labels } = dataset;
    assert.equal(movies.length, 600);
    assert.equal(users.ratings!.length, 400);
    assert.equal(labels.length, 18);
    const test = movies.filter(({ split }) => split === "test").length;
    assert.ok(test > 100 && test < 140, `${test} test movies`);
    const counts = movies
      .map((movie) => ratingsOf(movie, "ratings").users.length)
      .sort((a, b) => a - b);
    const total = counts.reduce((sum, n) => sum + n, 0);
    assert.ok(total > 17_000 && total < 23_000, `${total} ratings`);
    assert.ok(counts.at(-1)! > 5 * counts[300]!, "a long tail");
    const unrated = counts.filter((n) => n === 0).length;
    assert.ok(unrated > 10 && unrated < 50, `${unrated} unrated movies`);
    assert.ok(counts.filter((n) => n > 0 && n < 5).length > 10, "movies with few ratings");
  });

  it("has frequent and rare genres, each in both splits, 1 to 4 per movie", () => {
    const { movies, labels } = dataset;
    const share = (genre: string, split: string) =>
      movies.filter((e) => e.split === split && e.labels.includes(genre)).length;
    for (const genre of labels) {
      assert.ok(share(genre, "train") >= 4 && share(genre, "test") >= 1, genre);
    }
    assert.ok(share("Drama", "train") > 10 * share("Film-Noir", "train"));
    const sizes = new Set(movies.map((e) => e.labels.length));
    assert.deepEqual([...sizes].sort(), [1, 2, 3, 4]);
  });

  it("has distinct titles with years, moved articles, brackets and letters beyond ASCII", () => {
    const titles = dataset.movies.map((movie) => textOf(movie, "title"));
    assert.equal(new Set(titles).size, 600);
    assert.ok(titles.every((title) => / \((19[3-9]\d|2000)\)$/.test(title)));
    for (const pattern of [/, The \(\d/, /, A \(\d/, /, La \(/, /\(a\.k\.a\. /]) {
      assert.ok(
        titles.some((title) => pattern.test(title)),
        `no title like ${pattern}`,
      );
    }
    for (const split of ["train", "test"]) {
      const accented = dataset.movies.filter(
        (e) => e.split === split && /[à-ÿ]/i.test(textOf(e, "title")),
      );
      assert.ok(accented.length > 0, `no accents in ${split}: its encoding is not exercised`);
    }
    assert.ok(titles.every((title) => !title.includes("\uFFFD") && !/Ã/.test(title)));
  });

  it("has the malformed lines that the reader must report, and no others", () => {
    assert.deepEqual(dataset.issueCounts, { "movies_train.dat": 4, "ratings.dat": 6 });
    const messages = dataset.issues.map(({ message }) => message).join("\n");
    for (const pattern of [
      /found 2\.$/m,
      /did you mean "Drama"/,
      /movie id .* "tt900003"/,
      /movie \d+ is already listed/,
      /stars .* "five"/,
      /stars .* "0"/,
      /user 1400 is not/,
      /movie 999999 is in neither/,
      /rated movie \d+ before/,
    ]) {
      assert.match(messages, pattern);
    }
  });

  it("has real JPEG posters of several kinds, one of them truncated, two of them equal", async () => {
    const paths = dataset.movies.flatMap((movie) => imageOf(movie, "poster") ?? []);
    assert.ok(paths.length > 480 && paths.length < 540, `${paths.length} posters`);
    const kinds = { broken: 0, progressive: 0, grey: 0, landscape: 0, small: 0, large: 0 };
    for (const path of paths) {
      const meta = await sharp(path).metadata();
      assert.equal(meta.format, "jpeg");
      if (meta.isProgressive) kinds.progressive++;
      if (meta.channels === 1) kinds.grey++;
      if (meta.width > meta.height) kinds.landscape++;
      else if (meta.width === 182 && meta.height === 268) kinds.small++;
      else if (meta.width === 300 && meta.height === 440) kinds.large++;
      await sharp(path, { failOn: "error" })
        .raw()
        .toBuffer()
        .catch(() => kinds.broken++);
    }
    const { progressive, small, large, ...exact } = kinds;
    assert.deepEqual(exact, { broken: 1, grey: 2, landscape: 4 });
    assert.ok(progressive > 40 && small > 150 && large > 150, JSON.stringify(kinds));
    const shared = dataset.movies.flatMap(({ group }) => group ?? []);
    assert.equal(shared.length, 2);
    assert.equal(new Set(shared).size, 1);
  });

  it("has users whose ratings reveal a movie's genre", () => {
    // Users who rate many of one half of the horror movies also rate many of the other half.
    const horror = dataset.movies.filter((e) => e.labels[0] === "Horror");
    const romance = dataset.movies.filter((e) => e.labels[0] === "Romance");
    const half = (list: typeof horror, odd: number) => list.filter((_, i) => i % 2 === odd);
    const tally = (list: typeof horror) => {
      const counts = new Float64Array(dataset.users.ratings!.length);
      for (const movie of list)
        for (const user of ratingsOf(movie, "ratings").users) counts[user]!++;
      return counts;
    };
    const correlation = (a: Float64Array, b: Float64Array) => {
      const mean = (x: Float64Array) => x.reduce((s, v) => s + v, 0) / x.length;
      const [ma, mb] = [mean(a), mean(b)];
      const dot = (x: Float64Array, mx: number, y: Float64Array, my: number) =>
        x.reduce((s, v, i) => s + (v - mx) * (y[i]! - my), 0);
      return dot(a, ma, b, mb) / Math.sqrt(dot(a, ma, a, ma) * dot(b, mb, b, mb));
    };
    const same = correlation(tally(half(horror, 0)), tally(half(horror, 1)));
    const other = correlation(tally(half(horror, 0)), tally(half(romance, 1)));
    assert.ok(same > 0.5, `horror with horror: ${same}`);
    assert.ok(other < same - 0.3, `horror with romance: ${other}, with horror: ${same}`);
  });

  it("states in its README that it is synthetic", async () => {
    assert.match(await readFile(join(dir, "README.txt"), "utf8"), /^This data set is synthetic\./);
  });

  it("gives equal bytes for equal seeds and other movies for other seeds", async (t) => {
    const [a, b, c] = [await folder(t), await folder(t), await folder(t)];
    await generateSample(a, { seed: 5, movies: 40 });
    await generateSample(b, { seed: 5, movies: 40 });
    await generateSample(c, { seed: 6, movies: 40 });
    const [first, second, third] = [await hashes(a), await hashes(b), await hashes(c)];
    assert.ok(Object.keys(first).length > 30);
    assert.deepEqual(first, second);
    assert.notEqual(first["/movies_train.dat"], third["/movies_train.dat"]);
  });

  it("rejects samples that are too small for all quirks", async (t) => {
    await assert.rejects(
      generateSample(await folder(t), { movies: 39 }),
      /at least 40 movies, got 39/,
    );
  });
});

describe("ensureSample", () => {
  it("generates the sample once, then returns the existing one", async (t) => {
    const cache = join(await folder(t), "cache");
    const dir = await ensureSample(cache, { movies: 40 });
    assert.equal((await readCourse(dir)).movies.length, 40);
    await writeFile(join(dir, "mark"), "still the same folder");
    assert.equal(await ensureSample(cache, { movies: 40 }), dir);
    assert.ok((await readdir(dir)).includes("mark"));
    assert.equal((await readdir(cache)).length, 1, "no draft is left");
    assert.notEqual(await ensureSample(cache, { movies: 40, seed: 2 }), dir);
  });

  it("regenerates a sample with a damaged table, poster or checksum file", async (t) => {
    const cache = await folder(t);
    const dir = await ensureSample(cache, { movies: 40 });
    const whole = await hashes(dir);
    const poster = Object.keys(whole).find((name) => name.endsWith(".jpg"))!;
    const damages: (() => Promise<void>)[] = [
      () => truncate(join(dir, "ratings.dat"), 1000),
      () => appendFile(join(dir, "movies_train.dat"), "1::x::Drama\n"),
      () => rm(join(dir, poster)),
      () => truncate(join(dir, poster), 0),
      () => truncate(join(dir, "SHA256SUMS"), 0),
      () => rm(join(dir, "SHA256SUMS")),
    ];
    for (const [i, damage] of damages.entries()) {
      await damage();
      assert.equal(await ensureSample(cache, { movies: 40 }), dir);
      assert.deepEqual(await hashes(dir), whole, `case ${i}`);
      assert.deepEqual(await readdir(cache), [basename(dir)]);
    }
  });

  it("lets two callers repair a damaged sample concurrently", async (t) => {
    const cache = await folder(t);
    const dir = await ensureSample(cache, { movies: 40 });
    const whole = await hashes(dir);
    await truncate(join(dir, "ratings.dat"), 1000);
    await Promise.all([1, 2].map(() => ensureSample(cache, { movies: 40 })));
    assert.deepEqual(await hashes(dir), whole);
    assert.deepEqual(await readdir(cache), [basename(dir)]);
  });

  it("removes old drafts even if the sample exists already", async (t) => {
    const cache = await folder(t);
    await ensureSample(cache, { movies: 40 });
    const draft = join(cache, ".draft-sample-v1-1-old");
    await mkdir(draft);
    const yesterday = new Date(Date.now() - 86_400_000);
    await utimes(draft, yesterday, yesterday);
    await ensureSample(cache, { movies: 40 });
    assert.equal((await readdir(cache)).length, 1);
  });

  it("serves two callers concurrently", async (t) => {
    const cache = await folder(t);
    const dirs = await Promise.all([1, 2].map(() => ensureSample(cache, { movies: 40 })));
    assert.equal(dirs[0], dirs[1]);
    assert.equal((await readdir(cache)).length, 1);
    assert.equal((await readCourse(dirs[0]!)).movies.length, 40);
  });

  it("ignores drafts of killed runs and removes the old ones", async (t) => {
    const cache = await folder(t);
    for (const name of [".draft-sample-v1-1-old", ".draft-sample-v1-1-young"]) {
      await mkdir(join(cache, name));
      await writeFile(join(cache, name, "movies_train.dat"), "half a li");
    }
    const yesterday = new Date(Date.now() - 86_400_000);
    await utimes(join(cache, ".draft-sample-v1-1-old"), yesterday, yesterday);
    const dir = await ensureSample(cache, { movies: 40 });
    assert.equal((await readCourse(dir)).movies.length, 40);
    assert.ok(!(await readdir(cache)).includes(".draft-sample-v1-1-old"));
    assert.ok((await readdir(cache)).includes(".draft-sample-v1-1-young"));
  });

  it("leaves nothing behind if it fails", async (t) => {
    const cache = await folder(t);
    await assert.rejects(ensureSample(cache, { movies: 3 }), /at least 40/);
    assert.deepEqual(await readdir(cache), []);
  });
});
