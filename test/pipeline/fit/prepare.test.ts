/** Encoding of movies, and posters read on demand. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import type { LabelledMovie } from "../../../pipeline/dataset/dataset.ts";
import { openPosterStore } from "../../../pipeline/dataset/posterCache.ts";
import {
  encodeMovies,
  moviesPerBatch,
  targetOf,
  withPoster,
} from "../../../pipeline/fit/prepare.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import { scannedBy } from "../../countWork.ts";
import { sampleInputs } from "../../predictor/sampleManifest.ts";
import { folder } from "../dataset/folder.ts";
import { datasetOf, ratedMovie } from "../sampleMovies.ts";

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
  const movies: LabelledMovie[] = [
    {
      ...ratedMovie("1", [7, 2], [5, 1]),
      title: "Net, The (1995)",
      posterPath: good,
      labels: ["Drama", "Action"],
    },
    { ...ratedMovie("2", []), title: "Net", year: 2001, posterPath: bad, labels: [] },
    { ...ratedMovie("3", []), title: "" },
  ];
  const users = datasetOf(movies, 8).users.map((user, i) => (i === 7 ? { id: "7" } : user));
  const dataset = { ...datasetOf(movies, 8), users };
  const encoder = createMovieEncoder(inputs);
  const encodedMovies = encodeMovies(movies, dataset, encoder, store);

  assert.deepEqual(
    encodedMovies.map(({ source, posterPath, target }) => [source.id, posterPath, [...target]]),
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
    { ...ratedMovie("3", [0, 1, 2, 3, 4, 5]), title: "Heat (1995)" },
  ];
  const encoder = createMovieEncoder(inputs);
  const dataset = datasetOf(movies, 6);
  assert.throws(() => encodeMovies(movies, dataset, encoder, store), {
    message: [
      "2 movies of the data set cannot be used:",
      '  movie 1 "Movie 1": ratings[0].stars: 9 is outside 1 to 5',
      '  movie 3 "Heat (1995)": ratings: 6 ratings given; at most 4 are accepted for one movie',
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
      [...targetOf({ labels: own }, labels)],
      labels.map((_, i) => 1 - (i % 2)),
    );
  });
  assert.ok(scanned < 10 * labels.length, `${scanned} labels looked at`);
});

test("with thousands of labels, a batch has fewer movies, but always one", () => {
  const movie = (tokens: number, labels: number) => ({
    source: ratedMovie("1", []),
    features: {
      titleTokens: new Int32Array(tokens),
      year: 0,
      poster: undefined,
      ratingUsers: new Int32Array(0),
      ratingStars: new Float32Array(0),
    },
    posterPath: undefined,
    target: new Uint8Array(labels),
  });
  assert.equal(moviesPerBatch([movie(288, 18)], 128), 128);
  assert.equal(moviesPerBatch([movie(288, 4096)], 128), 14);
  assert.equal(moviesPerBatch([movie(288, 100_000)], 128), 1);
  assert.equal(moviesPerBatch([], 128), 128);
});
