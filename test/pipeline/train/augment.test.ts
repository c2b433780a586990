/** Augmented posters: mirrored, shifted and recoloured within their limits. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { augmentPoster } from "../../../pipeline/train/augment.ts";

const SPEC = { height: 24, width: 16 };
const SIZE = SPEC.height * SPEC.width * 3;

/** A poster whose pixels encode their position: red = x, green = y, blue constant. */
const MAP = Uint8Array.from({ length: SIZE }, (_, i) => {
  const pixel = Math.floor(i / 3);
  return [80 + 5 * (pixel % SPEC.width), 60 + 5 * Math.floor(pixel / SPEC.width), 128][i % 3]!;
});

const ALL = { flip: true, shift: true, recolour: true };

function augment(poster: Uint8Array, seed: number, augmentation = ALL): Int32Array {
  const out = new Int32Array(SIZE + 2).fill(-1);
  augmentPoster(poster, { spec: SPEC, augmentation, random: createRandom(seed) }, out, 1);
  assert.deepEqual([out[0], out.at(-1)], [-1, -1], "wrote outside its range");
  return out.subarray(1, -1);
}
const at = (values: Int32Array, x: number, y: number, c: number) =>
  values[(y * SPEC.width + x) * 3 + c]!;

test("values are 0..255, even for posters in black and white", () => {
  const extremes = Uint8Array.from({ length: SIZE }, (_, i) => (i % 2) * 255);
  for (let seed = 0; seed < 50; seed++) {
    const values = augment(extremes, seed);
    assert.ok(values.every((value) => value >= 0 && value <= 255));
  }
});

test("about half are mirrored, rows and columns are shifted as a whole, edges repeat", () => {
  let mirrored = 0;
  const shifts = new Set<number>();
  for (let seed = 0; seed < 200; seed++) {
    const values = augment(MAP, seed);
    const last = SPEC.width - 1;
    if (at(values, 0, 5, 0) > at(values, last, 5, 0)) mirrored++;
    for (let y = 0; y < SPEC.height; y++) {
      for (let x = 0; x < SPEC.width; x++) {
        // Red depends only on the column, green only on the row, blue on neither.
        assert.equal(at(values, x, y, 0), at(values, x, 0, 0));
        assert.equal(at(values, x, y, 1), at(values, 0, y, 1));
        assert.equal(at(values, x, y, 2), at(values, 0, 0, 2));
      }
    }
    // Rows that repeat the top or bottom edge: at most 8 % of 24.
    let repeated = 0;
    for (let y = 1; y < SPEC.height; y++) {
      const [above, here] = [at(values, 0, y - 1, 1), at(values, 0, y, 1)];
      assert.ok(here >= above, "rows keep their order");
      if (here === above) repeated++;
    }
    assert.ok(repeated <= 2, `seed ${seed}: ${repeated} rows repeat`);
    shifts.add(repeated);
  }
  assert.ok(mirrored > 70 && mirrored < 130, `${mirrored} of 200 mirrored`);
  assert.deepEqual([...shifts].sort(), [0, 1, 2]);
});

test("each channel has a separate contrast and brightness, within the limits", () => {
  const grey = new Uint8Array(SIZE).fill(128);
  const seen: number[][] = [];
  for (let seed = 0; seed < 100; seed++) seen.push([...augment(grey, seed).subarray(0, 3)]);
  assert.ok(seen.every((rgb) => rgb.every((value) => Math.abs(value - 128) <= 26)));
  assert.ok(seen.filter(([r, g, b]) => r !== g && g !== b).length > 90);
  const mean = seen.flat().reduce((sum, value) => sum + value, 0) / 300;
  assert.ok(Math.abs(mean - 128) < 4, `mean ${mean}`);
});

test("the same stream gives the same poster, the next draw another, and the original is unchanged", () => {
  const original = MAP.slice();
  assert.deepEqual(augment(MAP, 1), augment(MAP, 1));
  const random = createRandom(1);
  const [one, two] = [new Int32Array(SIZE), new Int32Array(SIZE)];
  augmentPoster(MAP, { spec: SPEC, augmentation: ALL, random }, one, 0);
  augmentPoster(MAP, { spec: SPEC, augmentation: ALL, random }, two, 0);
  assert.notDeepEqual(one, two);
  assert.deepEqual(MAP, original);
});

test("only the requested changes are made", () => {
  const none = { flip: false, shift: false, recolour: false };
  const flipped = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    assert.deepEqual([...augment(MAP, seed, none)], [...MAP]);
    flipped.add(augment(MAP, seed, { ...none, flip: true }).join());
  }
  assert.equal(flipped.size, 2);
});
