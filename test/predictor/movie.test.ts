/** Which bundles are of movies, and a year's range. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { groupsOf } from "../../predictor/item.ts";
import { INPUT_NAMES, movieInputs } from "../../predictor/movie.ts";
import { sampleInputs } from "./sampleManifest.ts";

test("a bundle of movies has the inputs of movies, in any order, and no others", () => {
  const inputs = sampleInputs();
  const reversed = Object.fromEntries(Object.entries(inputs).reverse());
  assert.deepEqual(movieInputs(reversed), inputs);
  const { year, ...yearless } = inputs;
  for (const [others, named] of [
    [yearless, "title, poster, ratings"],
    [{ ...inputs, score: year }, "title, year, poster, ratings, score"],
  ] as const) {
    assert.throws(() => movieInputs(others), {
      name: "Error",
      message: `the bundle's inputs are ${named}; this program reads those of movies: title, year, poster, ratings`,
    });
  }
  // Each by its type, too.
  for (const name of Object.keys(inputs)) {
    const type = name === "poster" ? inputs.title : inputs.poster;
    assert.throws(() => movieInputs({ ...inputs, [name]: type }), /reads those of movies/, name);
  }
});

test("the groups of a movie's inputs have names; the year is in the title's", () => {
  const groups = groupsOf(sampleInputs());
  assert.deepEqual([...groups.keys()], [...INPUT_NAMES]);
  assert.deepEqual(groups.get("title"), ["title", "year"]);
});
