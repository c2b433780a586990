/** What items and labels are called: the manifest's words, a movie's, or general ones. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "../../predictor/manifest.ts";
import { capitalised, MOVIE_NOUNS, nounsOf, withArticle } from "../../predictor/nouns.ts";
import { sampleManifest } from "./sampleManifest.ts";

const NOUNS = { item: "product", items: "products", label: "department", labels: "departments" };

test("the manifest's own nouns count, then a movie's inputs", () => {
  const manifest = sampleManifest();
  assert.equal(nounsOf(manifest), MOVIE_NOUNS);
  assert.equal(nounsOf({ ...manifest, nouns: NOUNS }), NOUNS);
  const { year: _, ...inputs } = manifest.inputs;
  assert.deepEqual(nounsOf({ inputs }), {
    item: "item",
    items: "items",
    label: "label",
    labels: "labels",
  });
  const { title } = manifest.inputs;
  const more = { ...manifest.inputs, plot: title! };
  assert.equal(nounsOf({ inputs: more }).item, "item");
});

test("a manifest may have nouns: all four, none empty", () => {
  const read = (nouns: unknown) => parseManifest(JSON.stringify({ ...sampleManifest(), nouns }));
  assert.deepEqual(read(NOUNS).nouns, NOUNS);
  assert.equal(read(undefined).nouns, undefined);
  assert.throws(() => read({ ...NOUNS, label: "" }), /nouns\.label/);
  assert.throws(() => read({ item: "product" }), /nouns\.items/);
});

test("nouns in sentences", () => {
  assert.deepEqual(["movie", "item"].map(withArticle), ["a movie", "an item"]);
  assert.deepEqual(["movie", "Item", ""].map(capitalised), ["Movie", "Item", ""]);
});
