/** Encoding of movies, and posters read on demand. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import type { DeclaredInputs } from "../../../pipeline/dataset/inputs.ts";
import { openPosterStore } from "../../../pipeline/dataset/posterCache.ts";
import {
  type EncodedMovie,
  encodedRatings,
  encodeMovies,
  fitTarget,
  moviesPerBatch,
  ratingCount,
  truthOf,
  withPoster,
  withRatings,
} from "../../../pipeline/fit/prepare.ts";
import { oneHot } from "../../../pipeline/targets/oneHot.ts";
import { createItemEncoder } from "../../../predictor/item.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import { UNKNOWN_USER_ROW } from "../../../predictor/preprocess/ratings.ts";
import { scannedBy } from "../../countWork.ts";
import { sampleInputs } from "../../predictor/sampleManifest.ts";
import { folder } from "../dataset/folder.ts";
import { datasetOf, ratedMovie, type SampleMovie, withValues } from "../sampleMovies.ts";

const inputs = sampleInputs();

test("an encoded movie has the predictor's features, its targets, and its poster if there is one", async (t) => {
  const grey = { width: 2, height: 3, channels: 3 as const, background: "#505050" };
  const dir = await folder(t, {
    "a.png": await sharp({ create: grey }).png().toBuffer(),
    "bad.png": "no image",
  });
  const [good, bad] = [join(dir, "a.png"), join(dir, "bad.png")];
  const store = await openPosterStore({
    paths: [good, bad],
    spec: inputs.poster,
    cacheFile: join(dir, "pack"),
    root: dir,
  });
  t.after(() => store.close());
  const movies: SampleMovie[] = [
    {
      ...withValues(ratedMovie("1", [7, 2], [5, 1]), { title: "Net, The (1995)", poster: good }),
      labels: ["Drama", "Action"],
    },
    {
      ...withValues(ratedMovie("2", []), { title: "Net", year: 2001, poster: bad }),
      labels: [],
    },
    withValues(ratedMovie("3", []), { title: "" }),
  ];
  const users = datasetOf(movies, 8).users.ratings.map((user, i) => (i === 7 ? { id: "7" } : user));
  const dataset = { ...datasetOf(movies, 8), users: { ratings: users } };
  const encoder = createMovieEncoder(inputs);
  const encodedMovies = encodeMovies(movies, dataset, encoder, store);

  assert.deepEqual(
    encodedMovies.map(({ source, images, target }) => [source.id, images.poster, [...target]]),
    [
      ["1", good, [1, 0, 1]],
      ["2", undefined, [0, 0, 0]],
      ["3", undefined, [1, 0, 0]],
    ],
  );
  const ratings = [
    { user: "7", stars: 5 },
    { user: "stranger", stars: 1 },
  ];
  assert.deepEqual(
    encodedMovies[0]!.features,
    encoder.encode({ title: "The Net", year: 1995, ratings }),
  );
  assert.equal(encodedMovies[1]!.features.year, 2001);

  assert.deepEqual(withPoster(encodedMovies[0]!, store), {
    ...encodedMovies[0]!.features,
    poster: new Uint8Array(18).fill(0x50),
  });
  assert.equal(encodedMovies[0]!.features.poster, undefined);
  assert.equal(withPoster(encodedMovies[1]!, store), encodedMovies[1]!.features);
});

test("all movies that the predictor would refuse are listed, with what to do", async (t) => {
  const dir = await folder(t);
  const store = await openPosterStore({
    paths: [],
    spec: inputs.poster,
    cacheFile: join(dir, "pack"),
    root: dir,
  });
  t.after(() => store.close());
  const movies = [
    ratedMovie("1", [1], [9]),
    ratedMovie("2", [1], [3]),
    withValues(ratedMovie("3", [0, 1, 2, 3, 4, 5]), { title: "Heat (1995)" }),
  ];
  const encoder = createMovieEncoder(inputs);
  const dataset = datasetOf(movies, 6);
  assert.throws(() => encodeMovies(movies, dataset, encoder, store), {
    message: [
      "2 movies of the data set cannot be used:",
      '  movie 1 "Movie 1": ratings[0].stars: 9 is outside 1 to 5',
      '  movie 3 "Heat (1995)": ratings: 6 ratings given; at most 4 are accepted',
      "Raise the limit with --ratings-max-ratings 6, or remove ratings.",
    ].join("\n"),
  });
  assert.throws(() => encodeMovies(movies.slice(0, 1), dataset, encoder, store), {
    message: /^1 movie of .*\nFix or remove these movies\.$/s,
  });
});

test("a movie's targets take as long for many labels of its own as for few", async () => {
  const labels = Array.from({ length: 1000 }, (_, i) => `tag ${i}`);
  const own = labels.filter((_, i) => i % 2 === 0);
  const scanned = await scannedBy(() => {
    assert.deepEqual(
      [...oneHot({ labels: own }, labels)],
      labels.map((_, i) => 1 - (i % 2)),
    );
  });
  assert.ok(scanned < 10 * labels.length, `${scanned} labels looked at`);
});

test("with thousands of labels, a batch has fewer movies, but always one", () => {
  const movie = (tokens: Readonly<Record<string, number>>, labels: number): EncodedMovie => ({
    source: ratedMovie("1", []),
    features: {
      ...Object.fromEntries(
        Object.entries(tokens).map(([name, length]) => [
          name,
          { words: [], tokens: new Int32Array(length) },
        ]),
      ),
      year: undefined,
      photo: undefined,
      reviews: { users: new Int32Array(5000), stars: new Float32Array(5000) },
    },
    images: {},
    ratingsInputs: ["reviews"],
    target: new Uint8Array(labels),
  });
  assert.equal(moviesPerBatch([movie({ title: 288 }, 18)], 128), 128);
  assert.equal(moviesPerBatch([movie({ title: 288 }, 4096)], 128), 14);
  assert.equal(moviesPerBatch([movie({ title: 288 }, 100_000)], 128), 1);
  assert.equal(moviesPerBatch([], 128), 128);
  // The longest of several texts counts, wherever it is declared: each is looked up on its own.
  assert.equal(moviesPerBatch([movie({ name: 36, details: 288 }, 4096)], 128), 14);
  assert.equal(moviesPerBatch([movie({ details: 288, name: 36 }, 4096)], 128), 14);
  assert.equal(moviesPerBatch([movie({ name: 288, details: 288 }, 4096)], 128), 14);
  // Without a text, only the limit counts.
  assert.equal(moviesPerBatch([movie({}, 4096)], 128), 128);
});

test("ratings and images are those of the data set's inputs, whatever their names", async (t) => {
  const grey = { width: 2, height: 3, channels: 3 as const, background: "#707070" };
  const dir = await folder(t, { "a.png": await sharp({ create: grey }).png().toBuffer() });
  const [photo, gone] = [join(dir, "a.png"), join(dir, "gone.png")];
  const store = await openPosterStore({
    paths: [photo],
    spec: inputs.poster,
    cacheFile: join(dir, "pack"),
    root: dir,
  });
  t.after(() => store.close());
  const declared: DeclaredInputs = {
    reviews: { type: "ratings" },
    photo: { type: "image" },
    price: { type: "number", min: 0, max: 99, whole: false },
  };
  const specs = {
    reviews: { ...inputs.ratings, users: ["u2", "u0"] },
    photo: inputs.poster,
    price: { type: "number" as const, min: 0, max: 99, whole: false },
  };
  const reviews = { users: Uint32Array.of(0, 1, 2), stars: Float32Array.of(1, 4, 5) };
  const item = { ...ratedMovie("1", []), values: { reviews, photo, price: 2.5 } };
  const movies = [item, { ...item, id: "2", values: { photo: gone } }];
  const { users: sample, ...others } = datasetOf([], 5);
  const dataset = { ...others, users: { reviews: sample.ratings }, inputs: declared };
  const encoder = createItemEncoder(specs);
  const [first, second] = encodeMovies(movies, dataset, encoder, store) as [
    EncodedMovie,
    EncodedMovie,
  ];
  assert.deepEqual(first.ratingsInputs, ["reviews"]);
  assert.deepEqual([first.images, second.images], [{ photo }, {}]);
  // u1 is unknown.
  const users = Int32Array.of(3, UNKNOWN_USER_ROW, 2);
  assert.deepEqual(first.features, {
    reviews: { users, stars: reviews.stars },
    photo: undefined,
    price: 2.5,
  });
  assert.deepEqual(encodedRatings(first, "reviews"), { users, stars: reviews.stars });
  assert.deepEqual([ratingCount(first), ratingCount(second)], [3, 0]);
  assert.equal(second.features.price, undefined);

  const some = withRatings(first, "reviews", Uint32Array.of(2, 1));
  const expected = { users: Int32Array.of(2, UNKNOWN_USER_ROW), stars: Float32Array.of(5, 4) };
  assert.deepEqual(some, { ...first, features: { ...first.features, reviews: expected } });
  assert.deepEqual(withPoster(first, store), {
    ...first.features,
    photo: new Uint8Array(18).fill(0x70),
  });

  const five = { users: Uint32Array.of(0, 1, 2, 3, 4), stars: new Float32Array(5).fill(3) };
  const bad = { ...item, values: { reviews: five } };
  assert.throws(() => encodeMovies([bad], dataset, encoder, store), {
    message: [
      "1 movie of the data set cannot be used:",
      '  movie 1 "1": reviews: 5 ratings given; at most 4 are accepted',
      "Raise the limit with --reviews-max-ratings 5, or remove ratings.",
    ].join("\n"),
  });
});

test("a movie of a data set without ratings has none", () => {
  const movie: EncodedMovie = {
    source: ratedMovie("1", [0, 1]),
    features: { title: { words: [], tokens: new Int32Array(6) } },
    images: {},
    ratingsInputs: [],
    target: new Uint8Array(3),
  };
  assert.equal(ratingCount(movie), 0);
});

test("truth is what the data has, in all digits, and not what towers learn of it", async (t) => {
  const dir = await folder(t, {});
  const store = await openPosterStore({
    paths: [],
    spec: inputs.poster,
    cacheFile: join(dir, "pack"),
    root: dir,
  });
  t.after(() => store.close());
  const movies = [1764374400, 1764374401, 0].map((value, i) => ({
    ...ratedMovie(String(i), []),
    labels: [],
    value,
  }));
  const declared = { type: "number", column: "time" } as const;
  const dataset = { ...datasetOf(movies, 0), labels: ["time"], target: declared };
  const target = fitTarget(movies, dataset);
  const encoded = encodeMovies(movies, dataset, createMovieEncoder(inputs), store, target);
  assert.deepEqual(truthOf(encoded, target), Float64Array.of(1764374400, 1764374401, 0));
});
