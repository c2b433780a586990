import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createRatingColumns, type RepeatedRating } from "../../../pipeline/dataset/ratings.ts";

describe("createRatingColumns", () => {
  it("groups as a plain filter would, for any rows", () => {
    const [movies, users] = [5, 4];
    const row = fc.record({
      movie: fc.nat(movies - 1),
      user: fc.nat(users - 1),
      stars: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
        const columns = createRatingColumns();
        for (const [i, { movie, user, stars }] of rows.entries()) {
          columns.push(movie, user, stars, i + 1);
        }
        const repeats: RepeatedRating[] = [];
        const grouped = columns.group(movies, users, (repeat) => repeats.push(repeat));

        const isRepeat = (i: number) =>
          rows.slice(0, i).some((r) => r.movie === rows[i]!.movie && r.user === rows[i]!.user);
        for (let movie = 0; movie < movies; movie++) {
          const expected = rows.filter((r, i) => r.movie === movie && !isRepeat(i));
          assert.deepEqual(
            [...grouped[movie]!.users],
            expected.map((r) => r.user),
          );
          assert.deepEqual(
            [...grouped[movie]!.stars],
            expected.map((r) => r.stars),
          );
        }
        assert.deepEqual(
          repeats,
          rows.flatMap(({ movie, user }, i) => (isRepeat(i) ? [{ movie, user, line: i + 1 }] : [])),
        );
      }),
      { seed: 1 },
    );
  });

  it("grows beyond its first capacity, into two shared buffers", () => {
    const columns = createRatingColumns();
    const n = 200_000;
    for (let i = 0; i < n; i++) columns.push(i % 3, i, 1 + (i % 5), i + 1);
    const grouped = columns.group(4, n, () => assert.fail());
    assert.deepEqual(
      grouped.map(({ users }) => users.length),
      [66_667, 66_667, 66_666, 0],
    );
    assert.equal(grouped[1]!.users.at(-1), n - 1);
    assert.equal(grouped[1]!.stars.at(-1), 1 + ((n - 1) % 5));
    assert.equal(new Set(grouped.map(({ users }) => users.buffer)).size, 1);
    assert.equal(new Set(grouped.map(({ stars }) => stars.buffer)).size, 1);
  });
});
