/** A tower's inputs: unchanged, and augmented for training. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import type { ModelInputs } from "../../../pipeline/model/modelInputs.ts";
import { pooledVector, ratingAmounts } from "../../../pipeline/model/ratings.ts";
import { hasInput, towerInputs } from "../../../pipeline/train/batches.ts";
import type { TextFeatures } from "../../../predictor/inputs/text.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import { UNKNOWN_USER_ROW } from "../../../predictor/preprocess/ratings.ts";
import { PADDING_ID } from "../../../predictor/preprocess/title.ts";
import { tiny, withInput } from "../tinyModel.ts";

const small = tiny();
const { movies, source, spec, config } = small;
const { userVectors } = source.inputs.ratings;
const withPosters = movies.filter((movie) => hasInput(movie, source, "poster"));
const rated = movies.filter((movie) => hasInput(movie, source, "ratings"));

test("hasInput: a poster that can be decoded, a rating, a word or a year", () => {
  assert.equal(withPosters.length, 40);
  assert.equal(
    rated.length,
    movies.filter(({ features }) => features.ratings.users.length > 0).length,
  );
  assert.ok(rated.length > 30 && rated.length < 60);
  assert.ok(movies.every((movie) => hasInput(movie, source, "title")));
  const encoder = createMovieEncoder(spec);
  const titled = (title: string) =>
    hasInput({ ...movies[0]!, features: encoder.encode({ title }) }, source, "title");
  assert.deepEqual(
    [titled("War"), titled("(1999)"), titled("?!"), titled("")],
    [true, true, false, false],
  );
});

test("without a random stream, movies are not changed", () => {
  const [tokens, years] = towerInputs("title", movies.slice(0, 5), source);
  assert.deepEqual(
    [...tokens!],
    movies.slice(0, 5).flatMap((m) => [...m.features.title.tokens]),
  );
  assert.deepEqual(
    [...years!],
    movies.slice(0, 5).map((m) => m.features.year),
  );

  const [pixels, hasPoster] = towerInputs("poster", withPosters.slice(0, 2), source);
  const bytes = new Uint8Array(16 * 12 * 3);
  source.posters.read(withPosters[1]!.images.poster!, bytes);
  assert.deepEqual([...pixels!.subarray(bytes.length)], [...bytes]);
  assert.deepEqual([...hasPoster!], [1, 1]);

  const [vectors, hasRatings, directions, amounts] = towerInputs(
    "ratings",
    rated.slice(0, 3),
    source,
  );
  const expected = new Float32Array(3 * 8);
  const direction = new Float32Array(5);
  for (const [i, { features }] of rated.slice(0, 3).entries()) {
    const { users: rows, stars } = features.ratings;
    pooledVector({ rows, stars }, userVectors, expected, i * 8, direction);
    assert.deepEqual(directions!.subarray(i * 5, (i + 1) * 5), direction);
    assert.deepEqual(
      amounts!.subarray(i * 3, (i + 1) * 3),
      Float32Array.from(ratingAmounts(rows.length)),
    );
  }
  assert.deepEqual(vectors, expected);
  assert.deepEqual([...hasRatings!], [1, 1, 1]);
});

test("for every tower, equal streams give equal batches and other streams others", () => {
  for (const [input, some] of [
    ["title", movies],
    ["poster", withPosters],
    ["ratings", rated],
  ] as const) {
    const draw = (seed: number) => towerInputs(input, some, source, createRandom(seed));
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
    assert.notDeepEqual(draw(1), towerInputs(input, some, source));
  }
});

test("tokens are dropped at the given rate, never changed, and n-grams never stay without their word", () => {
  const rate = config.title.tokenDropout;
  const before = towerInputs("title", movies, source)[0]!;
  let words = 0;
  let keptWords = 0;
  let pieces = 0;
  let keptPieces = 0;
  const random = createRandom(1);
  for (let round = 0; round < 100; round++) {
    const after = towerInputs("title", movies, source, random)[0]!;
    for (let start = 0; start < before.length; start += 5) {
      if (before[start] === PADDING_ID) continue;
      words++;
      const kept = after[start] !== PADDING_ID;
      if (kept) keptWords++;
      for (let p = 0; p < 5; p++) {
        const [token, was] = [after[start + p]!, before[start + p]!];
        assert.ok(token === was || token === PADDING_ID);
        if (!kept) assert.equal(token, PADDING_ID);
        if (p === 0 || was === PADDING_ID || !kept) continue;
        pieces++;
        if (token !== PADDING_ID) keptPieces++;
      }
    }
  }
  assert.ok(Math.abs(keptWords / words - (1 - rate)) < 0.02, `${keptWords} of ${words} words`);
  assert.ok(Math.abs(keptPieces / pieces - (1 - rate)) < 0.02, `${keptPieces} of ${pieces} pieces`);
});

test("a share of the movies is shown with a subset of their ratings: at least one, none twice", () => {
  const movie = rated.reduce((most, other) =>
    other.features.ratings.users.length > most.features.ratings.users.length ? other : most,
  );
  const n = movie.features.ratings.users.length;
  // A table of two columns reveals how many ratings were pooled, and that each was pooled once.
  const table = new Float32Array((userVectors.table.length / userVectors.dimensions) * 2);
  for (const [i, row] of movie.features.ratings.users.entries()) {
    table[row * 2] = 1;
    table[row * 2 + 1] = 2 ** i;
  }
  const { source: counting } = withInput(small, "ratings", {
    userVectors: {
      ...userVectors,
      table,
      dimensions: 2,
      mean: Float32Array.of(0, 0),
      std: Float32Array.of(1, 1),
    },
    options: { ...config.ratings, partial: 0.6, anonymous: 0 },
  });
  const random = createRandom(1);
  const sizes: number[] = [];
  for (let round = 0; round < 500; round++) {
    const [vector] = towerInputs("ratings", [movie], counting, random);
    const size = Math.round(Math.exp(vector![2]! * 4));
    const sum = vector![0]! * (Math.sqrt(size) + 1 / 16);
    const bits = Math.round(vector![1]! * (Math.sqrt(size) + 1 / 16));
    assert.ok(Math.abs(sum - size) < 1e-3, `${size} ratings, ${sum} vectors`);
    assert.equal(bits.toString(2).replaceAll("0", "").length, size, "each rating once");
    sizes.push(size);
  }
  const whole = sizes.filter((size) => size === n).length / 500;
  // 0.4, plus subsets that happen to include all ratings.
  assert.ok(whole > 0.36 && whole < 0.5, `${whole} are whole`);
  assert.ok(new Set(sizes).size > n / 2);
  assert.ok(Math.min(...sizes) === 1 && Math.max(...sizes) === n);
});

test("of an item's ratings, a share is left out in training, never all of them", () => {
  const shown = (movie: (typeof rated)[number], ratingDropout: number) => {
    const { source: dropping } = withInput(small, "ratings", {
      options: { ...config.ratings, partial: 0, anonymous: 0, ratingDropout },
    });
    const random = createRandom(1);
    return Array.from({ length: 300 }, () => {
      const [vector] = towerInputs("ratings", [movie], dropping, random);
      return Math.round(Math.exp(vector!.at(-3)! * 4));
    });
  };
  const most = rated.reduce((most, other) =>
    other.features.ratings.users.length > most.features.ratings.users.length ? other : most,
  );
  const n = most.features.ratings.users.length;
  const sizes = shown(most, 0.3);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  assert.ok(Math.abs(mean / n - 0.7) < 0.03, `${mean} of ${n}`);
  assert.ok(new Set(sizes).size > 3);
  assert.deepEqual(new Set(shown(most, 0)), new Set([n]));
  assert.equal(Math.min(...shown(most, 0.99)), 1);
});

test("a share of the movies is shown with only its users' demographics", () => {
  const groupRowOf = Uint32Array.from({ length: userVectors.means.length }, () => UNKNOWN_USER_ROW);
  const { source: grouped } = withInput(small, "ratings", {
    userVectors: { ...userVectors, groupRowOf },
    options: { ...config.ratings, partial: 0, anonymous: 0.5 },
  });
  const movie = rated[0]!;
  const known = towerInputs("ratings", [movie], source)[0]!;
  const unknown = new Float32Array(known.length);
  const rows = movie.features.ratings.users.map(() => UNKNOWN_USER_ROW);
  pooledVector({ rows, stars: movie.features.ratings.stars }, userVectors, unknown, 0);
  const random = createRandom(1);
  let count = 0;
  for (let round = 0; round < 500; round++) {
    const [vector] = towerInputs("ratings", [movie], grouped, random);
    if (vector![0] === known[0]) assert.deepEqual(vector, known);
    else {
      assert.deepEqual(vector, unknown);
      count++;
    }
  }
  assert.ok(count > 200 && count < 300, `${count} of 500`);
});

test("without augmentation, posters are not changed", () => {
  const { source: unaugmented } = withInput(small, "poster", {
    options: { ...config.poster, flip: false, shift: false, recolour: false },
  });
  assert.deepEqual(
    towerInputs("poster", withPosters, unaugmented, createRandom(1)),
    towerInputs("poster", withPosters, unaugmented),
  );
});

/** The movies as items of other names: groups that are named after no input, and a text without a number. */
function otherNames() {
  const { title, year, poster, ratings } = source.inputs;
  const inputs: ModelInputs = {
    details: { ...title, options: { ...title.options, tokenDropout: 0 } },
    photo: { ...poster, spec: { ...poster.spec, group: "cover" } },
    name: { ...title, spec: { ...title.spec, group: "label" } },
    age: { ...year, spec: { ...year.spec, group: "label" } },
    reviews: ratings,
  };
  const items = movies.map((movie, i): EncodedMovie => {
    const { title: name, year: age, ratings: reviews } = movie.features;
    const details = i % 3 === 0 ? untitled : movies[(i + 1) % movies.length]!.features.title;
    const features = { name, age, details, photo: undefined, reviews };
    const { poster: photo } = movie.images;
    const images = photo === undefined ? {} : { photo };
    return { ...movie, features, images, ratingsInputs: ["reviews"] };
  });
  return { items, others: { ...source, inputs } };
}
const untitled = { words: [], tokens: new Int32Array(15) };

test("hasInput: of a group by its name, whatever its inputs are called", () => {
  const { items, others } = otherNames();
  const having = (group: string) => items.map((item) => hasInput(item, others, group));
  const had = (group: string) => movies.map((movie) => hasInput(movie, source, group));
  assert.deepEqual(having("cover"), had("poster"));
  assert.deepEqual(having("reviews"), had("ratings"));
  assert.deepEqual(
    having("details"),
    items.map((_, i) => i % 3 !== 0),
  );
  assert.ok(having("label").every(Boolean));
  const [item] = items;
  const withLabel = (label: object) =>
    hasInput({ ...item!, features: { ...item!.features, ...label } }, others, "label");
  const age = undefined;
  assert.deepEqual(
    [withLabel({ name: untitled }), withLabel({ age }), withLabel({ name: untitled, age })],
    [true, true, false],
  );
  // Neither a movie's names nor those of inputs in other groups.
  for (const none of ["title", "poster", "name", "photo"]) {
    assert.throws(() => having(none), new RegExp(`no group is named "${none}"`));
  }
});

test("towerInputs: of inputs with other names, as of a movie's", () => {
  const { items, others } = otherNames();
  for (const [group, like] of [
    ["label", "title"],
    ["cover", "poster"],
    ["reviews", "ratings"],
  ] as const) {
    const there = [...movies.keys()].filter((i) => hasInput(movies[i]!, source, like));
    const pick = <T>(list: readonly T[]) => there.map((i) => list[i]!);
    const found = towerInputs(group, pick(items), others);
    assert.deepEqual(found, towerInputs(like, pick(movies), source));
    assert.equal(found.length, like === "ratings" ? 4 : 2);
    assert.deepEqual(
      towerInputs(group, pick(items), others, createRandom(1)),
      towerInputs(like, pick(movies), source, createRandom(1)),
    );
  }
});

test("towerInputs: a text without a number is tokens alone, dropped by its own options", () => {
  const { items, others } = otherNames();
  const some = items.filter((item) => hasInput(item, others, "details"));
  const tokens = some.flatMap(({ features }) => [...(features.details as TextFeatures).tokens]);
  assert.deepEqual(towerInputs("details", some, others), [Int32Array.from(tokens)]);
  assert.deepEqual(towerInputs("details", some, others, createRandom(1)), [
    Int32Array.from(tokens),
  ]);
});
