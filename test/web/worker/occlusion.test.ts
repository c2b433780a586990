/** The map around a model written by hand, which sees one corner of the poster. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { occlude } from "../../../web/worker/occlusion.ts";

const SPEC = { height: 24, width: 16 };

/** White in the upper left quarter, black elsewhere. */
function poster(): Uint8Array {
  return Uint8Array.from({ length: SPEC.height * SPEC.width * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const [y, x] = [Math.floor(pixel / SPEC.width), pixel % SPEC.width];
    return y < SPEC.height / 2 && x < SPEC.width / 2 ? 255 : 0;
  });
}

/** "Light" is the mean of the upper left pixel's neighbourhood, "Dark" the rest of it. */
async function probabilities(posters: readonly Uint8Array[]): Promise<Float32Array> {
  return Float32Array.from(
    posters.flatMap((pixels) => {
      const light = pixels[0]! / 255;
      return [light, 1 - light];
    }),
  );
}

const options = (changes = {}) => ({
  spec: SPEC,
  labels: ["Light", "Dark"],
  poster: poster(),
  probabilities,
  onProgress: () => {},
  checkCancelled: async () => {},
  ...changes,
});

test("the part that the model looks at supports one label and speaks against the other", async () => {
  const { rows, columns, drops } = await occlude(options());
  assert.equal(rows / columns, SPEC.height / SPEC.width);
  const [light, dark] = [drops.Light!, drops.Dark!];
  assert.equal(light.length, rows * columns);
  assert.equal(light.indexOf(Math.max(...light)), 0);
  // Covered with the poster's mean: a quarter of white.
  assert.ok(Math.abs(light[0]! - (1 - 63 / 255)) < 0.01, `${light[0]}`);
  assert.ok(light.every((value, i) => Math.abs(value + dark[i]!) < 1e-6));
  assert.equal(light.at(-1), 0);
});

test("progress ends at its total", async () => {
  const steps: [number, number][] = [];
  await occlude(
    options({ onProgress: (done: number, total: number) => steps.push([done, total]) }),
  );
  assert.deepEqual(steps.at(-1), [77, 77]); // 11 x 7 positions of a 2 x 2 cover on 12 x 8 cells
});

test("it stops when it is cancelled", async () => {
  let runs = 0;
  const stopped = occlude(
    options({
      probabilities: (posters: readonly Uint8Array[]) => {
        runs++;
        return probabilities(posters);
      },
      checkCancelled: async () => {
        if (runs > 2) throw new Error("stop");
      },
    }),
  );
  await assert.rejects(stopped, /stop/);
  assert.equal(runs, 3);
});
