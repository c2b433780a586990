/** The curve over numbers of ratings, of a graph whose answer gets better by a known amount with every rating it is shown. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bootstrapMean } from "../../../pipeline/evaluate/bootstrap.ts";
import { scoreRatingsCurve } from "../../../pipeline/evaluate/ratingsCurve.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { sampleTarget } from "../../predictor/sampleManifest.ts";
import { labelsTarget } from "../labelsTarget.ts";
import {
  type GraphRow,
  movieOf,
  oneHot,
  POSTERS,
  ranked,
  SPEC,
  scriptedGraph,
} from "./scriptedGraph.ts";

const LABELS = ["a", "b", "c", "d", "e", "f"];
const MANIFEST = { target: sampleTarget(LABELS), inputs: SPEC };
const LABEL = 4;
const SEED = 3;

/** Ratings of each movie; the second has none, and no place in the curve. */
const RATINGS = [3, 0, 20, 60, 1, 2, 7, 5];
/** Ratings of the movie that has no poster. */
const WITHOUT_POSTER = 7;
const MOVIES = RATINGS.map((ratings, i) =>
  movieOf(LABELS, {
    id: i + 1,
    target: oneHot(LABELS.length, ratings > 0 ? LABEL : 0),
    ratings,
    poster: ratings !== WITHOUT_POSTER,
  }),
);
const RATED = RATINGS.filter((ratings) => ratings > 0);

/** Rank of the movies' genre where so many ratings are shown alone; title and poster make it one better. */
function rankOf(ratings: number): number {
  if (ratings >= 10) return 1;
  return ratings >= 3 ? 2 : 5 - ratings;
}
function answer({ inputs, ratings }: GraphRow): number[] {
  const rank = rankOf(ratings.length);
  return ranked(LABELS.length, LABEL, inputs.includes("title") ? Math.max(1, rank - 1) : rank);
}

async function curveOf(seed = SEED) {
  const graph = scriptedGraph(answer);
  const predictor = createPredictor(MANIFEST, graph.run);
  const target = labelsTarget(LABELS);
  const options = { predictor, posters: POSTERS, target, seed };
  const curve = (await scoreRatingsCurve("ratings", MOVIES, options))!;
  return { ...curve, runs: graph.runs };
}

/** Subsets of the inputs, with ratings. */
const SUBSETS = ["title + poster + ratings", "title + ratings", "poster + ratings", "ratings"];
const COUNTS = [0, 1, 2, 5, 10, 20, 50, null];
/** Ratings shown of each rated movie at each point. */
const SHOWN = COUNTS.map((count) => RATED.map((own) => Math.min(own, count ?? own)));

test("every point is over the movies with a rating, and says how many have so many", async () => {
  const { points } = await curveOf();
  assert.deepEqual(
    points.map(({ ratings, movies }) => [ratings, movies]),
    [
      [0, 7],
      [1, 7],
      [2, 6],
      [5, 4],
      [10, 2],
      [20, 2],
      [50, 1],
      [null, 7],
    ],
  );
});

test("figures are those of the ratings shown, alone and with title and poster", async () => {
  const { points } = await curveOf();
  const mean = (values: readonly number[]) => bootstrapMean(values, { seed: SEED });
  assert.deepEqual(
    points.map(({ alone, together }) => [alone, together]),
    SHOWN.map((counts) => [
      mean(counts.map((ratings) => 1 / rankOf(ratings))),
      mean(counts.map((ratings) => 1 / Math.max(1, rankOf(ratings) - 1))),
    ]),
  );
  // The same, by hand.
  const means = points.map(({ alone }) => Number(alone!.mean.toFixed(4)));
  assert.deepEqual(means, [0.2, 0.25, 0.3214, 0.4405, 0.5833, 0.5833, 0.5833, 0.5833]);
});

test("a larger number of ratings shown holds the smaller one, and is drawn at random", async () => {
  const { runs } = await curveOf();
  assert.equal(runs.length, SUBSETS.length * COUNTS.length);
  const before = new Map<number, readonly number[]>();
  for (const [point, counts] of SHOWN.entries()) {
    const shown = (subset: string) => runs[SUBSETS.length * point + SUBSETS.indexOf(subset)]!;
    const [alone, together] = [shown("ratings"), shown("title + poster + ratings")];
    const numbers = (rows: readonly GraphRow[]) =>
      rows.map(({ ratings }) => ratings.length).sort((a, b) => a - b);
    const expected = counts.toSorted((a, b) => a - b);
    assert.deepEqual([numbers(alone), numbers(together)], [expected, expected]);
    for (const { id, inputs, ratings } of together) {
      assert.deepEqual(
        inputs.filter((input) => input !== "ratings"),
        RATINGS[id - 1] === WITHOUT_POSTER ? ["title"] : ["title", "poster"],
      );
      assert.equal(new Set(ratings).size, ratings.length, "each once");
      assert.deepEqual(ratings.slice(0, before.get(id)?.length), before.get(id) ?? [...ratings]);
      before.set(id, ratings);
      if (ratings.length === 0) continue;
      const same = alone.find((row) => row.id === id)!;
      assert.deepEqual(same, { id, inputs: ["ratings"], ratings });
    }
  }
  // At last all; not in the order in which the data set has them, which is often one of time or of users.
  for (const [id, ratings] of before) {
    const own = [...Array(RATINGS[id - 1]!).keys()];
    assert.deepEqual(
      [...ratings].sort((a, b) => a - b),
      own,
    );
    if (own.length > 3) assert.notDeepEqual(ratings, own);
  }
});

test("the published curve has every subset with ratings, over the movies with ratings and a poster", async () => {
  const { published } = await curveOf();
  const rated = MOVIES.filter((_, i) => RATINGS[i]! > 0);
  const seen = rated.filter(({ images }) => images.poster !== undefined);
  assert.ok(seen.length > 0 && seen.length < rated.length, `${seen.length} with a poster`);
  const own = seen.map((movie) => RATINGS[MOVIES.indexOf(movie)]!);
  assert.deepEqual(published, {
    input: "ratings",
    metric: "map@5",
    items: seen.length,
    counts: COUNTS,
    subsets: SUBSETS.map((subset) => ({
      groups: subset.split(" + "),
      values: COUNTS.map((count) => {
        const ranks = own.map((ratings) => {
          const rank = rankOf(Math.min(ratings, count ?? ratings));
          return subset.includes("title") ? Math.max(1, rank - 1) : rank;
        });
        return ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length;
      }),
    })),
  });
});

test("counts that no movie exceeds are left out", async () => {
  const few = MOVIES.filter((_, i) => RATINGS[i]! <= 5);
  const graph = scriptedGraph(answer);
  const options = {
    predictor: createPredictor(MANIFEST, graph.run),
    posters: POSTERS,
    target: labelsTarget(LABELS),
    seed: SEED,
  };
  const { points } = (await scoreRatingsCurve("ratings", few, options))!;
  assert.deepEqual(
    points.map(({ ratings }) => ratings),
    [0, 1, 2, null],
  );
});

test("the draw is fixed by the seed", async () => {
  const orders = async (seed: number) => (await curveOf(seed)).runs.at(-1)!;
  assert.deepEqual(await orders(SEED), await orders(SEED));
  assert.notDeepEqual(await orders(SEED), await orders(SEED + 1));
});

test("without a rating there is no curve", async () => {
  const graph = scriptedGraph(answer);
  const predictor = createPredictor(MANIFEST, graph.run);
  const options = { predictor, posters: POSTERS, target: labelsTarget(LABELS), seed: SEED };
  assert.equal(await scoreRatingsCurve("ratings", [MOVIES[1]!], options), undefined);
  assert.equal(graph.runs.length, 0);
});
