/** AVIF files that ask to be turned or mirrored, against the standard's words and against another reader. */

import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { decodePoster } from "../../node/poster.ts";
import { quartersOf, turnedAvifs } from "./avifTurns.ts";

for (const { name, file, width, height, quarters } of await turnedAvifs()) {
  test(`${name}: seen as ${quarters}`, async () => {
    const image = await decodePoster(file);
    assert.deepEqual([image.width, image.height, quartersOf(image)], [width, height, quarters]);
    // libheif reads the boxes itself.
    const { data, info } = await sharp(file)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual(
      [info.width, info.height, quartersOf({ ...info, data })],
      [width, height, quarters],
    );
  });
}
