import assert from "node:assert/strict";
import { test } from "node:test";
import { answer } from "../../../../web/strings/en/answer.ts";
import { withA, withThe } from "../../../../web/strings/en/grammar.ts";

test("articles: before a vowel, and none before what looks like a plural", () => {
  assert.deepEqual(["title", "image", "ratings", "class"].map(withA), [
    "a title",
    "an image",
    "ratings",
    "a class",
  ]);
  assert.deepEqual(["title", "ratings"].map(withThe), ["the title", "ratings"]);
});

test("what is wrong with one thing or several", () => {
  assert.equal(answer.sentenceOn("title", "is too long"), "The title is too long");
  assert.equal(answer.sentenceOn("tags", "has 3 values"), "Tags: has 3 values");
});
