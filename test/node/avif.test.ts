/** Rotated and mirrored AVIF files, compared with the standard and with libheif. */

import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { decodePoster } from "../../node/poster.ts";
import { quartersOf, turnedAvifs } from "./avifTurns.ts";

for (const { name, file, width, height, quarters } of await turnedAvifs()) {
  test(`${name}: decoded as ${quarters}`, async () => {
    const image = await decodePoster(file);
    assert.deepEqual([image.width, image.height, quartersOf(image)], [width, height, quarters]);
    // sharp's libheif applies rotation and mirroring by itself.
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
