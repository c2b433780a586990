import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Rating } from "../../../predictor/preprocess/ratings.ts";
import { fromFragment, toFragment } from "../../../web/page/link.ts";

const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => value.trim() !== "");
const rating = fc
  .record(
    {
      stars: fc.double({ min: 0, max: 10, noNaN: true }).map((stars) => stars + 0), // never -0
      gender: text,
      age: fc.nat(150),
      occupation: fc.nat(20),
      user: text,
    },
    { requiredKeys: ["stars"] },
  )
  .map((value) => ({ ...value }) as Rating);

test("what a link carries comes back as it was", () => {
  fc.assert(
    fc.property(
      fc.record(
        { title: text, year: fc.nat(9999).map(String), ratings: fc.array(rating) },
        { noNullPrototype: true },
      ),
      (movie) => {
        const fragment = toFragment(movie);
        // Nothing in it that a mail program would end a link at.
        assert.match(fragment, /^[\w%&=+.*~-]*$/);
        assert.deepEqual(fromFragment(`#${fragment}`), movie);
      },
    ),
  );
});

test("a fragment that is not a link to a movie gives no movie", () => {
  assert.equal(fromFragment(""), undefined);
  assert.equal(fromFragment("#answer"), undefined);
  assert.equal(toFragment({ title: " ", year: "", ratings: [] }), "");
});

for (const bad of [
  "ratings=five",
  "ratings=5_x",
  "ratings=5~M~old",
  "ratings=1~2~3~4~5~6",
  "ratings=5~%25",
]) {
  test(`${bad} is refused`, () => {
    assert.throws(() => fromFragment(bad), { name: "InputError", field: "ratings" });
  });
}
