/** Cropping and area scaling against a slow, obvious computation. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRandom } from "../../../pipeline/common/random.ts";
import {
  type DecodedImage,
  type PosterSpec,
  posterCrop,
  resizePoster,
} from "../../../predictor/preprocess/poster.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

function noise(width: number, height: number, channels: 3 | 4 = 3, seed = 1): DecodedImage {
  const random = createRandom(seed);
  const data = Uint8Array.from({ length: width * height * channels }, () => random.int(256));
  return { data, width, height, channels };
}

/** Mean of the pixels under every output pixel, each weighted by the area that is covered. */
function slowResize(image: DecodedImage, spec: PosterSpec): Float64Array {
  const { height, width } = spec;
  const crop = posterCrop(image, spec);
  const out = new Float64Array(height * width * 3);
  const cover = (p: number, from: number, size: number) =>
    Math.max(0, Math.min(p + 1, from + size) - Math.max(p, from));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let area = 0;
      const sums = [0, 0, 0];
      for (let row = 0; row < image.height; row++) {
        for (let column = 0; column < image.width; column++) {
          const share =
            cover(row, crop.top + (y * crop.height) / height, crop.height / height) *
            cover(column, crop.left + (x * crop.width) / width, crop.width / width);
          area += share;
          for (let c = 0; c < 3; c++) {
            sums[c]! += share * image.data[(row * image.width + column) * image.channels + c]!;
          }
        }
      }
      for (let c = 0; c < 3; c++) out[(y * width + x) * 3 + c] = sums[c]! / area;
    }
  }
  return out;
}

const MADE: [what: string, spec: PosterSpec][] = [
  ["stretched", { height: 6, width: 9, stretched: true }],
  ["the centre", { height: 6, width: 6, scaled: { height: 8, width: 8 } }],
  ["the centre, not square", { height: 4, width: 8, scaled: { height: 6, width: 12 } }],
  [
    "the centre of what was stretched",
    { height: 5, width: 5, scaled: { height: 9, width: 7 }, stretched: true },
  ],
];
for (const [what, spec] of MADE) {
  test(`${what}: every pixel is the mean of what it covers`, () => {
    for (const [width, height] of [
      [40, 30],
      [13, 50],
      [7, 5],
    ] as const) {
      const image = noise(width, height);
      const expected = slowResize(image, spec);
      for (const [i, value] of resizePoster(image, spec).entries()) {
        assert.ok(Math.abs(value - expected[i]!) <= 0.5 + 1e-9, `${width} x ${height}, ${i}`);
      }
    }
    // What has the right size is not cut again.
    const done = noise(spec.width, spec.height, 4);
    assert.deepEqual(
      resizePoster(done, spec),
      resizePoster(done, { height: spec.height, width: spec.width }),
    );
  });
}

test("the crop is centred, inside the image, as large as can be and of the poster's aspect", () => {
  const spec = { height: 96, width: 64 };
  assert.deepEqual(posterCrop({ width: 300, height: 96 }, spec), {
    left: 118,
    top: 0,
    width: 64,
    height: 96,
  });
  assert.deepEqual(posterCrop({ width: 64, height: 200 }, spec), {
    left: 0,
    top: 52,
    width: 64,
    height: 96,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (w, h) => {
      const crop = posterCrop({ width: w, height: h }, spec);
      assert.ok(crop.left >= 0 && crop.top >= 0);
      assert.ok(crop.left + crop.width <= w + 1e-9 && crop.top + crop.height <= h + 1e-9);
      assert.ok(Math.abs(crop.width / crop.height - 2 / 3) < 1e-9);
      assert.ok(Math.abs(crop.width - w) < 1e-9 || Math.abs(crop.height - h) < 1e-9);
    }),
  );
});

test("an image of the right size comes out as it went in, alpha aside", () => {
  const image = noise(5, 7);
  assert.deepEqual(resizePoster(image, { height: 7, width: 5 }), image.data);
  const rgba = noise(5, 7, 4);
  const rgb = rgba.data.filter((_, i) => i % 4 !== 3);
  assert.deepEqual(resizePoster(rgba, { height: 7, width: 5 }), rgb);
});

const sizes = [
  [40, 60, 3],
  [37, 61, 3],
  [61, 23, 4],
  [6, 9, 3], // smaller than the poster
  [1, 1, 3],
  [1, 50, 3],
  [50, 1, 4],
] as const;
for (const [width, height, channels] of sizes) {
  test(`${width} x ${height} with ${channels} channels: every pixel is the mean of its area`, () => {
    const image = noise(width, height, channels);
    const expected = slowResize(image, { height: 12, width: 8 });
    const actual = resizePoster(image, { height: 12, width: 8 });
    assert.equal(actual.length, expected.length);
    for (const [i, value] of expected.entries()) {
      // Half a grey level is rounding; a thousandth is where a mean lies on the border.
      assert.ok(Math.abs(actual[i]! - value) <= 0.501, `${i}: ${actual[i]}, mean ${value}`);
    }
  });
}

/** The same in whole numbers: every pixel is repeated until output pixels cover whole ones. */
function exactResize({ data, width, height }: DecodedImage, rows: number, columns: number) {
  const tall = width * rows <= height * columns;
  const repeats = 2 * (tall ? columns : rows);
  const side = 2 * (tall ? width : height);
  const left = (width * repeats - columns * side) / 2;
  const top = (height * repeats - rows * side) / 2;
  return Uint8Array.from({ length: rows * columns * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % columns, Math.floor(i / 3 / columns), i % 3];
    let sum = 0;
    for (let v = top + y * side; v < top + (y + 1) * side; v++) {
      for (let u = left + x * side; u < left + (x + 1) * side; u++) {
        sum += data[(Math.floor(v / repeats) * width + Math.floor(u / repeats)) * 3 + c]!;
      }
    }
    return Math.floor((2 * sum + side * side) / (2 * side * side));
  });
}

test("the mean is exact at every size, and halves are rounded up", () => {
  const size = fc.integer({ min: 1, max: 24 });
  const output = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(size, size, output, output, fc.nat(), (width, height, rows, columns, seed) => {
      const image = noise(width, height, 3, seed);
      const actual = resizePoster(image, { height: rows, width: columns });
      assert.deepEqual(actual, exactResize(image, rows, columns));
    }),
    { numRuns: 300 },
  );
  const data = Uint8Array.from([0, 1, 254].flatMap((v) => [v, v, v, v + 1, v + 1, v + 1]));
  const image = { data, width: 2, height: 3, channels: 3 } as const;
  // Half of two neighbours' mean is left.
  assert.deepEqual([...resizePoster(image, { height: 3, width: 1 })].slice(3, 6), [2, 2, 2]);
});

test("an image of several bands, and one of whose rows each is larger than a band", () => {
  for (const [width, height, rows, columns, channels] of [
    [600, 900, 9, 6, 4],
    [9000, 120, 1, 75, 3],
  ] as const) {
    const { data } = noise(width, height, channels);
    const actual = resizePoster(
      { data, width, height, channels },
      { height: rows, width: columns },
    );
    const [h, w] = [height / rows, width / columns];
    const expected = actual.map((_, i) => {
      const [x, y, c] = [Math.floor(i / 3) % columns, Math.floor(i / 3 / columns), i % 3];
      let sum = 0;
      for (let v = y * h; v < (y + 1) * h; v++) {
        for (let u = x * w; u < (x + 1) * w; u++) sum += data[(v * width + u) * channels + c]!;
      }
      return Math.floor(sum / (w * h) + 0.5);
    });
    assert.deepEqual(actual, expected);
  }
});

test("a flat image stays flat at every size", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 255 }),
      (width, height, value) => {
        const data = new Uint8Array(width * height * 3).fill(value);
        const out = resizePoster({ data, width, height, channels: 3 }, { height: 9, width: 6 });
        assert.ok(out.every((v) => v === value));
      },
    ),
  );
});

test("pixels that do not make the image are refused", () => {
  const spec = { height: 3, width: 2 };
  const data = new Uint8Array(12);
  const bad = [
    { data, width: 2, height: 3, channels: 3 },
    { data, width: 0, height: 2, channels: 3 },
    { data: new Uint8Array(0), width: 0, height: 0, channels: 3 },
    { data, width: Number.NaN, height: 2, channels: 3 },
  ] as const;
  for (const image of bad) {
    assert.throws(() => resizePoster(image, spec), { name: "InputError", field: "poster" });
  }
  assert.throws(() => resizePoster(bad[0], spec), /12 bytes do not make an image of 2 x 3 with 3/);
});
