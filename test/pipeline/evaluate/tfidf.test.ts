/** Title features against scikit-learn's `TfidfVectorizer`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fitTitleFeatures, titleRows } from "../../../pipeline/evaluate/tfidf.ts";

const TITLES = ["The Red Balloon", "Red, red rose", "A rose in the attic"].map((title) => ({
  title,
}));

/** One row as { term: value }. */
function rowOf(movie: { title: string; year?: number }, fitted: { title: string }[] = TITLES) {
  const features = fitTitleFeatures(fitted);
  const terms = [...features.columns.keys()];
  const rows = titleRows(features, [movie]);
  const row: Record<string, number> = {};
  for (const [i, column] of rows.indices.entries()) row[terms[column]!] = rows.values[i]!;
  return row;
}

test("a word that is not known counts in the length, as rarer than any known one", () => {
  // 1 + ln 4, of three documents without it; "rose" is in two of them.
  const [unknown, rose] = [1 + Math.log(4), 1 + Math.log(4 / 3)];
  const row = rowOf({ title: "Rose zebra zebra" });
  assert.deepEqual(Object.keys(row), ["rose"]);
  assert.ok(Math.abs(row.rose! - rose / Math.hypot(rose, 2 * unknown)) < 1e-12);
});

test("weights equal scikit-learn's where every word is known: smooth idf, length 1", () => {
  const { columns, idf } = fitTitleFeatures(TITLES);
  assert.deepEqual([...columns.keys()], ["the", "red", "balloon", "rose", "in", "attic"]);
  const idfOf = (term: string) => idf[columns.get(term)!]!;
  assert.ok(Math.abs(idfOf("balloon") - 1.69314718) < 1e-8);
  assert.ok(Math.abs(idfOf("red") - 1.28768207) < 1e-8);
  const row = rowOf({ title: "Red rose red X" });
  assert.deepEqual(Object.keys(row), ["red", "rose"]);
  assert.ok(Math.abs(row.red! - 0.8944271909999159) < 1e-12);
  assert.ok(Math.abs(row.rose! - 0.4472135954999579) < 1e-12);
  assert.deepEqual(rowOf({ title: "Unknown" }), {});
});

test("the decade has weight 1; it is from the title's year, or else from the year column", () => {
  const fitted = [{ title: "Heat (1995)" }, { title: "Blue" }];
  assert.deepEqual(rowOf({ title: "Heat (1991)" }, fitted), { heat: 1, "decade:1990": 1 });
  assert.deepEqual(rowOf({ title: "Heat (1985)" }, fitted), { heat: 1 });
  assert.deepEqual(rowOf({ title: "Blue", year: 1999 }, fitted), { blue: 1, "decade:1990": 1 });
  assert.deepEqual(rowOf({ title: "Blue (1995)", year: 1960 }, fitted), {
    blue: 1,
    "decade:1990": 1,
  });
});
