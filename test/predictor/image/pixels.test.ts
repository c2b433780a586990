/** Transparency and orientation, pixel by pixel. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { flattenOnWhite } from "../../../predictor/image/flatten.ts";
import { turnImage } from "../../../predictor/image/turn.ts";

/** All pairs of a colour and an alpha, as one image. */
const pairs = (colour: (c: number, alpha: number) => number) =>
  flattenOnWhite({
    data: Uint8Array.from({ length: 256 * 256 * 4 }, (_, i) => {
      const [c, alpha] = [(i >> 2) & 255, i >> 10];
      return i % 4 === 3 ? alpha : colour(c, alpha);
    }),
    width: 256,
    height: 256,
    channels: 4,
  }).data;

test("opaque pixels stay, clear ones are white, others lie between", () => {
  const flat = pairs((c) => c);
  const at = (c: number, alpha: number) => flat[(alpha * 256 + c) * 3]!;
  for (let c = 0; c < 256; c++) {
    assert.equal(at(c, 255), c);
    assert.equal(at(c, 0), 255);
    for (let alpha = 0; alpha < 256; alpha++) {
      assert.ok(Math.abs(at(c, alpha) - (255 - ((255 - c) * alpha) / 255)) <= 0.5);
    }
  }
});

test("the product of colour and alpha is rounded, exactly", () => {
  const flat = pairs((c) => c);
  for (let alpha = 0; alpha < 256; alpha++) {
    for (let c = 0; c < 256; c++) {
      const expected = Math.round((c * alpha) / 255) + 255 - alpha;
      assert.equal(flat[(alpha * 256 + c) * 3], expected);
    }
  }
});

// a b c    as letters; each pixel has one channel's worth of them in all three.
// d e f
const image = {
  data: Uint8Array.from([..."abcdef"].flatMap((letter) => Array(3).fill(letter.charCodeAt(0)))),
  width: 3,
  height: 2,
  channels: 3,
} as const;
const cases = [
  [{ quarters: 0 }, ["abc", "def"]],
  [{ quarters: 1 }, ["cf", "be", "ad"]],
  [{ quarters: 2 }, ["fed", "cba"]],
  [{ quarters: 3 }, ["da", "eb", "fc"]],
  [{ quarters: 0, mirror: "sideways" }, ["cba", "fed"]],
  [{ quarters: 0, mirror: "upright" }, ["def", "abc"]],
  [{ quarters: 1, mirror: "sideways" }, ["fc", "eb", "da"]],
  [{ quarters: 3, mirror: "upright" }, ["fc", "eb", "da"]],
] as const;
for (const [turn, expected] of cases) {
  test(`${JSON.stringify(turn)} makes ${expected.join(" / ")}`, () => {
    const { data, width, height } = turnImage(image, turn);
    const letters = String.fromCharCode(...data.filter((_, i) => i % 3 === 0));
    assert.deepEqual([width, height], [expected[0].length, expected.length]);
    assert.equal(letters, expected.join(""));
  });
}
