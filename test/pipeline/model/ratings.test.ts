/** Pooling of ratings inside and outside the graph, for movies with one to thousands of ratings. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { createRandom } from "../../../pipeline/common/random.ts";
import type { UserVectors } from "../../../pipeline/fit/userVectors.ts";
import { pooledVector, poolRatings } from "../../../pipeline/model/ratings.ts";
import { setWeights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { FIRST_USER_ROW, NO_USER_ROW } from "../../../predictor/preprocess/ratings.ts";

const D = 6;
const USER_COUNT = 4000;
const random = createRandom(1);

/** Random vectors of the size that `fitUserVectors` gives; their mean is not zero. */
const fit: UserVectors = {
  groups: { genders: [], ages: [], occupations: [] },
  groupRowOf: new Uint32Array(USER_COUNT + FIRST_USER_ROW),
  means: Float32Array.from({ length: USER_COUNT + FIRST_USER_ROW }, (_, row) =>
    row < FIRST_USER_ROW ? 0 : 0.4 * random.normal() + 0.1,
  ),
  users: Array.from({ length: USER_COUNT }, (_, i) => `${i}`),
  rowOf: Uint32Array.from({ length: USER_COUNT }, (_, i) => i + FIRST_USER_ROW),
  table: Float32Array.from({ length: (USER_COUNT + FIRST_USER_ROW) * D }, (_, i) =>
    i < D ? 0 : 0.2 * random.normal() + 0.02,
  ),
  dimensions: D,
  mean: Float32Array.from({ length: D }, () => 0.3 * random.normal()),
  std: Float32Array.from({ length: D }, () => 0.2 + random.next()),
  stars: { min: 1, max: 5, mean: 3.58 },
};

interface RatedMovie {
  readonly rows: readonly number[];
  readonly stars: readonly number[];
}

/** A movie with n ratings by different users, some of them unknown. */
function rated(n: number): RatedMovie {
  const order = Uint32Array.from({ length: USER_COUNT }, (_, i) => i + FIRST_USER_ROW);
  random.shuffle(order);
  return {
    rows: Array.from(order.subarray(0, n), (row) => (random.next() < 0.1 ? 1 : row)),
    stars: Array.from({ length: n }, () => 1 + random.int(9) / 2),
  };
}

let model: layers.LayersModel;

before(async () => {
  await startBackend("wasm");
  const users = layers.input({ shape: [null], dtype: "int32" });
  const stars = layers.input({ shape: [null] });
  const { vector, presence, initialWeights } = poolRatings(users, stars, { input: "ratings", fit });
  model = layers.model({ inputs: [users, stars], outputs: [vector, presence] });
  setWeights(model, initialWeights);
});

/** Pooled vectors and presence from the graph, for movies in one batch, padded to `width`. */
function inGraph(
  movies: readonly RatedMovie[],
  width = Math.max(1, ...movies.map((m) => m.rows.length)),
) {
  const pad = (values: readonly number[], filler: number) => [
    ...values,
    ...new Array<number>(width - values.length).fill(filler),
  ];
  return tf.tidy(() => {
    const [vector, presence] = model.predict([
      tf.tensor2d(
        movies.map(({ rows }) => pad(rows, NO_USER_ROW)),
        [movies.length, width],
        "int32",
      ),
      tf.tensor2d(
        movies.map(({ stars }) => pad(stars, 0)),
        [movies.length, width],
      ),
    ]) as tf.Tensor2D[];
    return { vectors: vector!.arraySync(), presence: presence!.arraySync().flat() };
  });
}

/** The pooled vector from `pooledVector`; checks that nothing else is written. */
function outsideGraph({ rows, stars }: RatedMovie): number[] {
  const out = new Float32Array(D + 5).fill(77);
  pooledVector({ rows, stars }, fit, out, 1);
  assert.deepEqual([out[0], out.at(-1)], [77, 77]);
  return [...out.subarray(1, D + 4)];
}

function assertClose(actual: readonly number[], expected: readonly number[], tolerance: number) {
  assert.equal(actual.length, expected.length);
  for (const [k, value] of actual.entries()) {
    assert.ok(
      Math.abs(value - expected[k]!) <= tolerance,
      `${k}: ${value}, expected ${expected[k]}`,
    );
  }
}

/** The pooled vector by its definition, in double precision. */
function byDefinition({ rows, stars }: RatedMovie): number[] {
  const n = rows.length;
  const pooled = Array.from({ length: D }, (_, k) => {
    const sum = rows.reduce((total, row) => total + fit.table[row * D + k]!, 0);
    return (sum / (Math.sqrt(n) + 1 / 16) - fit.mean[k]!) / fit.std[k]!;
  });
  const meanStars = stars.reduce((total, value) => total + value, 0) / n;
  const expected = rows.reduce((total, row) => total + fit.means[row]!, 0) / n;
  return [...pooled, Math.log(n) / 4, meanStars - 3.58, meanStars - 3.58 - expected];
}

for (const n of [1, 2, 3, 10, 100, 1000, 3500]) {
  test(`${n} ratings: graph and training both match the definition`, () => {
    const movie = rated(n);
    const { vectors, presence } = inGraph([movie]);
    assertClose(vectors[0]!, outsideGraph(movie), 1e-4);
    assertClose(outsideGraph(movie), byDefinition(movie), 1e-4);
    assert.deepEqual(presence, [1]);
  });
}

test("stars of 0 and below are ratings, where the data set has such", () => {
  const votes = { ...fit, stars: { min: -1, max: 1, mean: 0 } };
  const users = layers.input({ shape: [null], dtype: "int32" });
  const stars = layers.input({ shape: [null] });
  const pooled = poolRatings(users, stars, { input: "votes", fit: votes });
  const graph = layers.model({ inputs: [users, stars], outputs: [pooled.vector, pooled.presence] });
  setWeights(graph, pooled.initialWeights);
  const rows = [5, 9, 1];
  const given = [0, -1, 0];
  const expected = new Float32Array(D + 3);
  pooledVector({ rows, stars: given }, votes, expected, 0);
  tf.tidy(() => {
    const [vector, presence] = graph.predict([
      tf.tensor2d([[...rows, NO_USER_ROW]], [1, 4], "int32"),
      tf.tensor2d([[...given, 0]], [1, 4]),
    ]) as tf.Tensor2D[];
    assert.deepEqual([...presence!.dataSync()], [1]);
    assertClose([...vector!.dataSync()], [...expected], 1e-4);
  });
});

test("padding and the other movies of a batch have no effect", () => {
  const movies = [rated(7), rated(1), { rows: [], stars: [] }, rated(300)];
  const { vectors, presence } = inGraph(movies, 2000);
  assert.deepEqual(presence, [1, 1, 0, 1]);
  for (const i of [0, 1, 3]) {
    assertClose(vectors[i]!, inGraph([movies[i]!]).vectors[0]!, 1e-5);
    assertClose(vectors[i]!, outsideGraph(movies[i]!), 1e-4);
  }
});

test("a movie without ratings gives exact zeros", () => {
  for (const width of [1, 5, 500]) {
    const { vectors, presence } = inGraph([{ rows: [], stars: [] }], width);
    assert.ok(
      vectors[0]!.every((value) => value === 0),
      `${vectors[0]}`,
    );
    assert.deepEqual(presence, [0]);
  }
});

test("the order of ratings does not matter, and half stars are supported", () => {
  const { rows, stars } = rated(50);
  const reversed = { rows: rows.toReversed(), stars: stars.toReversed() };
  assertClose(inGraph([reversed]).vectors[0]!, inGraph([{ rows, stars }]).vectors[0]!, 1e-5);
  const half = { rows: [5, 9], stars: [0.5, 1] };
  assertClose(inGraph([half]).vectors[0]!, byDefinition(half), 1e-4);
});
