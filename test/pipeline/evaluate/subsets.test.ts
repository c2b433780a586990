/** What the graph is shown for every subset of the inputs, and whose scores come back. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  groupNames,
  scoreMovies,
  scoreSubsets,
  subsetName,
  subsets,
} from "../../../pipeline/evaluate/subsets.ts";
import { graphInputs } from "../../../predictor/item.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import type { RunGraph } from "../../../predictor/tensor.ts";
import { sampleTarget } from "../../predictor/sampleManifest.ts";
import { type GraphRow, movieOf, POSTERS, SPEC, scriptedGraph } from "./scriptedGraph.ts";

const LABELS = ["Action", "Drama"];
const MANIFEST = { target: sampleTarget(LABELS), inputs: SPEC };
const SUBSETS = [
  ["title", "poster", "ratings"],
  ["title", "poster"],
  ["title", "ratings"],
  ["poster", "ratings"],
  ["title"],
  ["poster"],
  ["ratings"],
];

/** More than two batches; numbers of ratings go up and down, some movies have no poster, some no rating. */
const MOVIES = Array.from({ length: 70 }, (_, i) =>
  movieOf(LABELS, {
    id: i + 1,
    target: [0, 1],
    poster: i % 5 !== 0,
    ratings: (i * 7) % 11,
  }),
);

/** Whole numbers below 2^10 over 1024: the movie's id, and one bit for each input that was shown. */
const answer = ({ id, inputs }: GraphRow) => [id / 1024, bitsOf(inputs) / 1024];
const bitsOf = (inputs: readonly string[]) =>
  ["title", "poster", "ratings"].reduce(
    (sum, input, bit) => sum + (inputs.includes(input) ? 2 ** bit : 0),
    0,
  );

test("all seven subsets come in order, the full one first", async () => {
  assert.deepEqual(subsets(["title", "poster", "ratings"]), SUBSETS);
  const rows = await scoreSubsets(
    createPredictor(MANIFEST, scriptedGraph(answer).run),
    MOVIES.slice(0, 2),
    POSTERS,
  );
  assert.deepEqual(
    rows.map(({ inputs }) => inputs),
    SUBSETS,
  );
  assert.deepEqual(
    rows.map(({ name }) => name),
    ["all inputs", ...SUBSETS.slice(1).map((inputs) => inputs.join(" + "))],
  );
});

for (const [s, inputs] of SUBSETS.entries()) {
  test(`${inputs.join(" + ")}: the graph is shown these inputs, no other, and each movie's own`, async () => {
    const graph = scriptedGraph(answer);
    const rows = await scoreSubsets(createPredictor(MANIFEST, graph.run), MOVIES, POSTERS);
    const has = (i: number) =>
      inputs.filter(
        (input) =>
          input === "title" ||
          (input === "poster" ? i % 5 !== 0 : MOVIES[i]!.source.values.ratings.users.length > 0),
      );
    const expected = MOVIES.flatMap((_, i) => {
      const shown = has(i);
      return [shown.length > 0 ? i + 1 : 0, bitsOf(shown)].map((value) => value / 1024);
    });
    assert.deepEqual([...rows[s]!.scores], expected);
  });
}

test("every rating of a movie is shown, and every movie once in each subset", async () => {
  const graph = scriptedGraph(answer);
  await scoreMovies(createPredictor(MANIFEST, graph.run), MOVIES, POSTERS);
  const shown = graph.runs.flat().sort((a, b) => a.id - b.id);
  assert.deepEqual(
    shown.map(({ ratings }) => ratings),
    MOVIES.map(({ features }) => [...features.ratings.users.keys()]),
  );
});

test("movies with thousands of labels are scored a few at a time", async () => {
  const graph = scriptedGraph(answer);
  const target = new Uint8Array(Math.floor(2 ** 24 / 7)); // of one token each, 7 movies
  const movies = MOVIES.map((movie) => ({ ...movie, target }));
  const scores = await scoreMovies(createPredictor(MANIFEST, graph.run), movies, POSTERS);
  assert.equal(scores.length, MOVIES.length * LABELS.length);
  const sizes = graph.runs.map(({ length }) => length);
  assert.ok(sizes.every((size) => size <= 7) && sizes.length > 1, sizes.join(" "));
});

test("inputs of other names: pictures are read, and shown with their group", async () => {
  const { title, year, poster, ratings } = SPEC;
  const inputs = {
    reviews: ratings,
    name: { ...title, group: "label" },
    age: { ...year, group: "label", from: undefined },
    photo: { ...poster, group: "cover" },
  };
  const graph = scriptedGraph(answer);
  const run: RunGraph = async (feeds) => {
    assert.deepEqual(Object.keys(feeds), graphInputs(inputs));
    const { title_attention, ...outputs } = await graph.run({
      title_tokens: feeds.name_tokens!,
      year: feeds.age!,
      poster: feeds.photo!,
      has_poster: feeds.has_photo!,
      rating_users: feeds.review_users!,
      rating_stars: feeds.review_stars!,
    });
    return { ...outputs, name_attention: title_attention! };
  };
  const items = MOVIES.map(({ features, images, ...movie }) => ({
    ...movie,
    images: images.poster === undefined ? {} : { photo: images.poster },
    ratingsInputs: ["reviews"],
    features: {
      reviews: features.ratings,
      name: features.title,
      age: features.year,
      photo: undefined,
    },
  }));
  const predictor = createPredictor({ ...MANIFEST, inputs }, run);
  assert.deepEqual(groupNames(predictor), ["reviews", "label", "cover"]);
  const rows = await scoreSubsets(predictor, items, POSTERS);
  assert.deepEqual(
    rows.map(({ name }) => name),
    [
      "all inputs",
      "reviews + label",
      "reviews + cover",
      "label + cover",
      "reviews",
      "label",
      "cover",
    ],
  );
  const movieNames: Readonly<Record<string, string>> = {
    reviews: "ratings",
    label: "title",
    cover: "poster",
  };
  const ofMovies = await scoreSubsets(
    createPredictor(MANIFEST, scriptedGraph(answer).run),
    MOVIES,
    POSTERS,
  );
  for (const row of rows) {
    const like = row.inputs.map((group) => movieNames[group]!);
    const same = ofMovies.find(
      ({ inputs }) => inputs.length === like.length && like.every((name) => inputs.includes(name)),
    );
    assert.deepEqual(row.scores, same!.scores, row.name);
  }
});

test("a subset is named by its groups, and the full one by their being all", () => {
  const groups = ["name", "details"];
  assert.deepEqual(subsets(groups), [["name", "details"], ["name"], ["details"]]);
  assert.equal(subsetName(groups, groups), "all inputs");
  assert.equal(subsetName(groups, [...groups, "photo"]), "name + details");
  assert.deepEqual(subsets(["name"]), [["name"]]);
});
