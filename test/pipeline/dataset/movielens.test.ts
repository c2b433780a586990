/** The reader on the real course data, if available: its licence does not allow it in the repository. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { readCourse } from "../../../pipeline/dataset/course.ts";
import { imageOf, ratingsOf, textOf } from "../../../pipeline/dataset/inputs.ts";
import { GENRES } from "../../../pipeline/dataset/sample/genres.ts";
import { inventMovies } from "../../../pipeline/dataset/sample/movies.ts";
import { stratifiedFolds } from "../../../pipeline/dataset/splits.ts";
import { labelRows } from "../../../pipeline/targets/oneHot.ts";
import { MOVIELENS, without } from "../../needs/needs.ts";

const skip = without("movielens");

describe("readCourse on MovieLens", { skip }, () => {
  it("reads every row without an issue", async () => {
    const dataset = await readCourse(MOVIELENS, { strict: true });
    assert.deepEqual(dataset.issues, []);
    assert.equal(dataset.labels.length, 18);
    assert.equal(dataset.users.ratings!.length, 6040);

    const stars = new Array<number>(6).fill(0);
    for (const movie of dataset.movies)
      for (const s of ratingsOf(movie, "ratings").stars) stars[s]!++;
    // As GroupLens publishes them; 1,000,209 together.
    assert.deepEqual(stars, [0, 56_174, 107_557, 261_197, 348_971, 226_310]);

    const count = (split: string) => {
      const movies = dataset.movies.filter((movie) => movie.split === split);
      return {
        movies: movies.length,
        posterless: movies.filter((movie) => imageOf(movie, "poster") === undefined).length,
        unrated: movies.filter((movie) => ratingsOf(movie, "ratings").users.length === 0).length,
      };
    };
    assert.deepEqual(count("train"), { movies: 3106, posterless: 504, unrated: 143 });
    assert.deepEqual(count("test"), { movies: 777, posterless: 123, unrated: 34 });
  });

  it("keeps each genre's share over five folds, and movies with the same poster together", async () => {
    const { movies, labels } = await readCourse(MOVIELENS);
    const train = movies.filter(({ split }) => split === "train");
    const groups = train.map(({ group }) => group);
    const indices = labelRows(train, labels);
    const folds = stratifiedFolds(indices, 5, 1, groups);
    for (const [label, name] of labels.entries()) {
      const counts = [0, 0, 0, 0, 0];
      for (const [i, fold] of folds.entries()) if (indices[i]!.includes(label)) counts[fold]!++;
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 3, `${name}: ${counts.join(" ")}`);
    }
    assert.ok(groups.some((group) => group !== undefined));
    const foldOf = new Map<string, number>();
    for (const [i, key] of groups.entries()) {
      if (key === undefined) continue;
      assert.equal(folds[i], foldOf.get(key) ?? folds[i]);
      foldOf.set(key, folds[i]!);
    }
  });

  it("has the sample's genres and none of its titles", async () => {
    const { movies, labels } = await readCourse(MOVIELENS);
    assert.deepEqual(GENRES.map(({ name }) => name).sort(), [...labels].sort());
    const bare = (title: string) => title.replace(/ \(\d{4}\)$/, "").toLowerCase();
    const real = new Set(movies.map((movie) => bare(textOf(movie, "title"))));
    const invented = inventMovies(createRandom(1).fork("sample").fork("movies"), 600);
    assert.deepEqual(
      invented.filter(({ title }) => real.has(bare(title))),
      [],
    );
  });
});
