import assert from "node:assert/strict";
import { test } from "node:test";
import {
  capital,
  listed,
  readable,
  sentenceOn,
  withA,
  withThe,
} from "../../../web/page/wording.ts";

test("names become words", () => {
  for (const [name, words] of [
    ["title", "title"],
    ["posterImage", "poster image"],
    ["IMDB_Rating", "IMDB rating"],
    ["Running_Time_min", "running time min"],
    ["x2", "x2"],
  ] as const) {
    assert.equal(readable(name), words);
  }
  assert.equal(capital("running time"), "Running time");
});

test("articles: before a vowel, and none before what looks like a plural", () => {
  assert.deepEqual(["title", "image", "ratings", "class"].map(withA), [
    "a title",
    "an image",
    "ratings",
    "a class",
  ]);
  assert.deepEqual(["title", "ratings"].map(withThe), ["the title", "ratings"]);
});

test("lists and sentences", () => {
  assert.equal(listed(["a", "b", "c"]), "a, b, and c");
  assert.equal(sentenceOn("title", "is too long"), "The title is too long");
  assert.equal(sentenceOn("tags", "has 3 values"), "Tags: has 3 values");
});
