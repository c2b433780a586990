/** Values of declared inputs, whatever their names and whether an item has them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countRatings,
  type DeclaredInputs,
  displayName,
  foundNumber,
  imageNames,
  imageOf,
  imagesOf,
  MOVIE_INPUTS,
  ratedInputs,
  ratingsNames,
  ratingsOf,
  textNames,
  textOf,
} from "../../../pipeline/dataset/inputs.ts";

const text = { type: "text", form: "plain", maxCharacters: 100 } as const;
const INPUTS: DeclaredInputs = {
  price: { type: "number", min: 0, max: 10, whole: false },
  photo: { type: "image" },
  name: text,
  reviews: { type: "ratings" },
  details: text,
  back: { type: "image" },
};
const reviews = { users: Uint32Array.of(3), stars: Float32Array.of(4) };
const whole = {
  id: "7",
  values: {
    name: "Pan",
    details: "Steel",
    photo: "front.jpg",
    back: "back.jpg",
    price: 2,
    reviews,
  },
};
const empty = { id: "8", values: {} };

test("names are those of a type, in the order of the declaration", () => {
  assert.deepEqual(textNames(INPUTS), ["name", "details"]);
  assert.deepEqual(imageNames(INPUTS), ["photo", "back"]);
  assert.deepEqual(ratingsNames(INPUTS), ["reviews"]);
  assert.deepEqual(imageNames({ name: text }), []);
  assert.equal(foundNumber(INPUTS), undefined, "a number of its own column is no year");
  assert.equal(foundNumber(MOVIE_INPUTS), "year");
});

test("a value is that of its input, and nothing where the item has none", () => {
  assert.deepEqual([textOf(whole, "name"), textOf(whole, "details")], ["Pan", "Steel"]);
  assert.equal(textOf(empty, "name"), "");
  assert.deepEqual([imageOf(whole, "photo"), imageOf(whole, "back")], ["front.jpg", "back.jpg"]);
  assert.equal(imageOf(empty, "photo"), undefined);
  assert.equal(ratingsOf(whole, "reviews"), reviews);
  const none = { users: new Uint32Array(0), stars: new Float32Array(0) };
  assert.deepEqual(ratingsOf(empty, "reviews"), none);
});

test("an item's ratings and images are found by type", () => {
  const one = reviews.users.length;
  assert.equal(countRatings(whole, INPUTS), one);
  assert.equal(countRatings(empty, INPUTS), 0);
  assert.equal(countRatings(whole, { name: text }), 0, "an input that is not declared");
  const two = { ...INPUTS, likes: { type: "ratings" } } as const;
  const both = { ...whole, values: { ...whole.values, likes: reviews } };
  assert.equal(countRatings(both, two), 2 * one);
  const users = { reviews: [{ id: "a" }, { id: "b" }], likes: [{ id: "c" }] };
  assert.deepEqual(ratedInputs({ inputs: two, movies: [both as never, whole as never], users }), [
    { input: "reviews", ratings: 2 * one, users: 2 },
    { input: "likes", ratings: one, users: 1 },
  ]);
  assert.deepEqual(imagesOf(whole, INPUTS), ["front.jpg", "back.jpg"]);
  assert.deepEqual(imagesOf({ values: { back: "back.jpg" } }, INPUTS), ["back.jpg"]);
  assert.deepEqual(imagesOf(empty, INPUTS), []);
  assert.deepEqual(imagesOf(whole, { name: text }), []);
});

test("an item is shown by its first text, or else by its id", () => {
  assert.equal(displayName(whole, INPUTS), "Pan");
  assert.equal(displayName({ id: "9", values: { details: "Steel" } }, INPUTS), "9");
  assert.equal(displayName({ id: "9", values: { name: "" } }, INPUTS), "9");
  assert.equal(displayName(whole, { photo: { type: "image" } }), "7");
});

test("a movie has a title with a year beside it, a poster and ratings", () => {
  assert.deepEqual(
    Object.entries(MOVIE_INPUTS).map(([name, { type }]) => [name, type]),
    [
      ["title", "text"],
      ["year", "number"],
      ["poster", "image"],
      ["ratings", "ratings"],
    ],
  );
  const { title, year } = MOVIE_INPUTS;
  assert.ok(title?.type === "text" && title.form === "title");
  assert.ok(year?.type === "number" && year.group === "title" && year.from?.input === "title");
});
