import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createRandom } from "../../../pipeline/common/random.ts";
import { stratifiedFolds, validationSplit } from "../../../pipeline/dataset/splits.ts";
import { labelRows } from "../../../pipeline/targets/oneHot.ts";
import { callsOf, countingReads } from "../../countWork.ts";

/** Movies with one to three labels of 10; the label's index makes it rare: 0 is in half of all. */
function skewed(count: number): number[][] {
  const random = createRandom("skewed labels");
  return Array.from({ length: count }, () => {
    const label = () => Math.min(9, Math.floor(-Math.log2(1 - random.next())));
    return [...new Set(Array.from({ length: 1 + random.int(3) }, label))];
  });
}

/** Movies with up to four of many labels, of which most are rare. */
function tagged(movies: number, labels: number): number[][] {
  const random = createRandom("tags");
  return Array.from({ length: movies }, () =>
    Array.from({ length: random.int(5) }, () => Math.floor(random.next() ** 2 * labels)),
  );
}

function countPerFold(
  folds: readonly number[],
  k: number,
  of: (index: number) => boolean,
): number[] {
  const counts = new Array<number>(k).fill(0);
  for (const [index, fold] of folds.entries()) if (of(index)) counts[fold]!++;
  return counts;
}

describe("stratifiedFolds", () => {
  const labels = skewed(1000);

  it("spreads each label over the folds to within one or two movies", () => {
    const folds = stratifiedFolds(labels, 5, 1);
    assert.equal(folds.length, labels.length);
    for (let label = 0; label < 10; label++) {
      const counts = countPerFold(folds, 5, (i) => labels[i]!.includes(label));
      const spread = Math.max(...counts) - Math.min(...counts);
      assert.ok(spread <= 2, `label ${label}: ${counts.join(" ")}`);
    }
  });

  it("spreads rare labels that random folds would not", () => {
    // One label on 5 of 500 movies: five random folds get one each in under 4 % of the draws.
    const rare = Array.from({ length: 500 }, (_, i) => (i % 100 === 0 ? [0, 1] : [1]));
    for (const seed of [1, 2, 3, 4, 5]) {
      const folds = stratifiedFolds(rare, 5, seed);
      assert.deepEqual(
        countPerFold(folds, 5, (i) => i % 100 === 0),
        [1, 1, 1, 1, 1],
      );
    }
  });

  it("keeps given proportions per label", () => {
    const shares = [0.7, 0.2, 0.1];
    const folds = stratifiedFolds(
      labels,
      shares.map((share) => share * 30),
      1,
    );
    for (let label = 0; label < 10; label++) {
      const has = (i: number) => labels[i]!.includes(label);
      const total = labels.filter((list) => list.includes(label)).length;
      for (const [fold, count] of countPerFold(folds, 3, has).entries()) {
        assert.ok(
          Math.abs(count - shares[fold]! * total) <= 2,
          `label ${label}, fold ${fold}: ${count}`,
        );
      }
    }
  });

  it("depends only on the seed", () => {
    assert.deepEqual(stratifiedFolds(labels, 5, 1), stratifiedFolds(labels, 5, 1));
    assert.notDeepEqual(stratifiedFolds(labels, 5, 1), stratifiedFolds(labels, 5, 2));
  });

  it("keeps groups together and still spreads the labels", () => {
    const groups = labels.map((_, i) => (i % 3 === 0 ? `poster ${Math.floor(i / 12)}` : undefined));
    const folds = stratifiedFolds(labels, 5, 1, groups);
    const foldOf = new Map<string, number>();
    for (const [i, key] of groups.entries()) {
      if (key === undefined) continue;
      assert.equal(folds[i], foldOf.get(key) ?? folds[i], `group ${key}`);
      foldOf.set(key, folds[i]!);
    }
    for (let label = 0; label < 5; label++) {
      const counts = countPerFold(folds, 5, (i) => labels[i]!.includes(label));
      assert.ok(
        Math.max(...counts) - Math.min(...counts) <= 4,
        `label ${label}: ${counts.join(" ")}`,
      );
    }
  });

  it("distributes movies without labels evenly", () => {
    const folds = stratifiedFolds(Array(20).fill([]), 4, 1);
    assert.deepEqual(
      countPerFold(folds, 4, () => true),
      [5, 5, 5, 5],
    );
  });

  it("puts every movie into one existing fold, for any labels and groups", () => {
    const movie = fc.record({
      labels: fc.array(fc.nat(6), { maxLength: 8 }),
      group: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(movie, { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), (list, k) => {
        const folds = stratifiedFolds(
          list.map((e) => e.labels),
          k,
          1,
          list.map((e) => e.group),
        );
        assert.equal(folds.length, list.length);
        assert.ok(folds.every((fold) => Number.isInteger(fold) && fold >= 0 && fold < k));
      }),
      { seed: 1 },
    );
  });

  it("gives the folds of earlier versions, so that trained models keep their bits", () => {
    const movies = tagged(400, 300);
    const groups = movies.map((_, i) => (i % 3 === 0 ? `${i % 40}` : undefined));
    const digest = (folds: readonly number[]) =>
      createHash("sha256").update(folds.join()).digest("hex").slice(0, 16);
    assert.equal(digest(stratifiedFolds(movies, 5, 1)), "e263b62242bb43e3");
    assert.equal(digest(stratifiedFolds(movies, [0.9, 0.1], 1, groups)), "e57dd1f3e3fdaf7c");
  });

  it("works in proportion to the number of labels and movies, not to its square", async () => {
    const lookups = (labels: number) => {
      const movies = tagged(labels, labels);
      return callsOf(Map.prototype, ["get", "has"], () => stratifiedFolds(movies, 5, 1));
    };
    const [few, many] = [await lookups(250), await lookups(1000)];
    assert.ok(many < 5 * few, `${few} lookups for 250 labels, ${many} for 1000`);
  });

  it("rejects invalid numbers of folds, fold sizes and lists of groups", () => {
    assert.throws(() => stratifiedFolds([[0]], 0, 1), /integer of at least 1, got 0/);
    assert.throws(() => stratifiedFolds([[0]], 2.5, 1), /integer of at least 1, got 2\.5/);
    assert.throws(() => stratifiedFolds([[0]], [], 1), /fold sizes must be positive/);
    assert.throws(() => stratifiedFolds([[0]], [1, 0], 1), /must be positive, got \[1, 0\]/);
    assert.throws(() => stratifiedFolds([[0], [1]], 2, 1, ["a"]), /per item \(2\), got 1/);
  });
});

describe("validationSplit", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
  const movies = skewed(1000).map((list) => ({ labels: list.map((label) => names[label]!) }));

  it("puts every movie into one part, in order, and keeps the share of each label", () => {
    const { train, validation } = validationSplit(labelRows(movies, names), 0.15, 3);
    const all = [...train, ...validation].sort((a, b) => a - b);
    assert.deepEqual(all, [...movies.keys()]);
    assert.deepEqual(
      train,
      [...train].sort((a, b) => a - b),
    );
    assert.ok(Math.abs(validation.length - 150) < 20, `validation ${validation.length}`);
    for (const name of names) {
      const has = (i: number) => movies[i]!.labels.includes(name);
      const total = movies.filter((movie) => movie.labels.includes(name)).length;
      assert.ok(Math.abs(validation.filter(has).length - 0.15 * total) <= 1.5, name);
    }
  });

  it("keeps movies with the same poster in one part", () => {
    const groups = movies.map((_, i) => (i < 50 ? `pair ${i % 25}` : undefined));
    const { validation } = validationSplit(labelRows(movies, names), 0.3, 3, groups);
    const side = new Set(validation);
    for (let i = 0; i < 25; i++) assert.equal(side.has(i), side.has(i + 25), `pair ${i}`);
  });

  it("rejects fractions that leave a part empty", () => {
    for (const fraction of [0, 1, -0.1, Number.NaN]) {
      assert.throws(
        () => validationSplit(labelRows(movies, names), fraction, 1),
        /between 0 and 1, got/,
      );
    }
  });
});

it("labelRows leaves unknown labels out", () => {
  assert.deepEqual(labelRows([{ labels: ["b", "x", "a"] }, { labels: [] }], ["a", "b"]), [
    [1, 0],
    [],
  ]);
});

it("a validation part is never empty, however rare the labels are", () => {
  const movies = Array.from({ length: 200 }, (_, i) => ({ labels: [`${i}`, `${i + 1000}`] }));
  const labels = movies.flatMap((movie) => movie.labels);
  const { train, validation } = validationSplit(labelRows(movies, labels), 0.1, 3);
  assert.ok(validation.length >= 10, `${validation.length} of 200`);
  assert.equal(train.length + validation.length, 200);
  assert.deepEqual(validationSplit(labelRows(movies, labels), 0.1, 3), { train, validation });
  // One in sixty asked for a hundredth.
  const few = movies.slice(0, 60);
  assert.equal(validationSplit(labelRows(few, labels), 0.01, 3).validation.length, 1);
  // Movies of a group move together.
  const groups = movies.map((_, i) => `${i >> 2}`);
  const grouped = new Set(validationSplit(labelRows(movies, labels), 0.1, 3, groups).validation);
  for (const i of movies.keys()) assert.equal(grouped.has(i), grouped.has(i & ~3), `${i}`);
});

it("no group takes most of the movies into the validation part", () => {
  const sizes = [60, 10, 8];
  const groups = sizes.flatMap((size, group) => Array.from({ length: size }, () => `${group}`));
  const movies = groups.map((_, i) => ({ labels: [`${i}`] }));
  const labels = movies.flatMap((movie) => movie.labels);
  for (let seed = 0; seed < 20; seed++) {
    const { validation } = validationSplit(labelRows(movies, labels), 0.1, seed, groups);
    assert.ok(validation.length === 8, `${validation.length} of ${movies.length}`);
  }
  // Groups that are all larger than the share: the smallest one.
  const { validation } = validationSplit(labelRows(movies, labels), 0.05, 1, groups);
  assert.equal(validation.length, 8);
  const whole = groups.map(() => "one");
  assert.equal(validationSplit(labelRows(movies, labels), 0.1, 1, whole).validation.length, 0);
});

it("moves posters' groups into the validation part without searching all movies for each", () => {
  const scanned = (count: number) => {
    // Every label is rare, so that nearly all of the validation part is topped up.
    const movies = Array.from({ length: count }, (_, i) => ({ labels: [`${i}`] }));
    const labels = movies.flatMap((movie) => movie.labels);
    const { array: groups, reads } = countingReads(movies.map((_, i) => `${i >> 1}`));
    validationSplit(labelRows(movies, labels), 0.1, 3, groups);
    return reads();
  };
  const [few, many] = [scanned(200), scanned(800)];
  assert.ok(many < 5 * few, `${few} keys read for 200 movies, ${many} for 800`);
});
