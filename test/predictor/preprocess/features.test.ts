/** One movie -> features -> a batch of the graph's tensors. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { collate, GRAPH_INPUTS } from "../../../predictor/item.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import { NO_USER_ROW } from "../../../predictor/preprocess/ratings.ts";
import { sampleManifest } from "../sampleManifest.ts";

const spec = sampleManifest().preprocess;
const encoder = createMovieEncoder(spec);
const poster = { data: new Uint8Array(18).fill(9), width: 2, height: 3, channels: 3 } as const;

test("a movie of which nothing is known is all zeros", () => {
  assert.deepEqual(encoder.encode({}), {
    titleTokens: new Int32Array(6),
    year: 0,
    poster: undefined,
    ratingUsers: new Int32Array(0),
    ratingStars: new Float32Array(0),
  });
});

test("a given year wins over the title's, and the title's stands in for it", () => {
  assert.equal(encoder.encode({ title: "Net, The (1995)" }).year, 1995);
  assert.equal(encoder.encode({ title: "Net, The (1995)", year: 1996 }).year, 1996);
  assert.equal(encoder.encode({ year: 2020 }).year, 2020);
  assert.equal(encoder.encode({ title: "Net, The" }).year, 0);
  assert.throws(() => encoder.encode({ year: 12 }), { name: "InputError", field: "year" });
});

test("titleWords gives the words that have places, in reading order", () => {
  assert.deepEqual(encoder.titleWords({ title: "Net Two, The (1995)" }), ["the", "net"]);
  assert.deepEqual(encoder.titleWords({}), []);
});

test("collate stacks movies and pads ratings to the longest list", () => {
  const movies = [
    { title: "The Net", year: 1995, ratings: [{ user: "9", stars: 4 }] },
    {
      poster,
      ratings: [
        { user: "7", stars: 5 },
        { user: "x", stars: 1 },
      ],
    },
    {},
  ].map((movie) => encoder.encode(movie));
  const tensors = collate(movies, spec);
  assert.deepEqual(Object.keys(tensors), [...GRAPH_INPUTS]);
  const shapes = Object.fromEntries(
    Object.entries(tensors).map(([name, { type, dims }]) => [name, `${type} ${dims}`]),
  );
  assert.deepEqual(shapes, {
    title_tokens: "int32 3,2,3",
    year: "float32 3,1",
    poster: "uint8 3,3,2,3",
    has_poster: "float32 3,1",
    rating_users: "int32 3,2",
    rating_stars: "float32 3,2",
  });
  assert.deepEqual([...tensors.title_tokens.data.slice(0, 6)], [...movies[0]!.titleTokens]);
  assert.deepEqual([...tensors.title_tokens.data.slice(6)], new Array(12).fill(0));
  assert.deepEqual([...tensors.year.data], [1995, 0, 0]);
  assert.deepEqual([...tensors.has_poster.data], [0, 1, 0]);
  const pixels = [...new Array(18).fill(0), ...new Array(18).fill(9), ...new Array(18).fill(0)];
  assert.deepEqual([...tensors.poster.data], pixels);
  const none = NO_USER_ROW;
  assert.deepEqual([...tensors.rating_users.data], [3, none, 2, 1, none, none]);
  assert.deepEqual([...tensors.rating_stars.data], [4, 0, 5, 1, 0, 0]);
});

test("a batch without any rating still has a place for one; a batch of nothing is refused", () => {
  const tensors = collate([encoder.encode({})], spec);
  assert.deepEqual(tensors.rating_users.dims, [1, 1]);
  assert.deepEqual([...tensors.rating_stars.data], [0]);
  assert.throws(() => collate([], spec), { name: "InputError", field: "movies" });
});
