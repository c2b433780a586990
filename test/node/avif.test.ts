/** Rotated and mirrored AVIF files, compared with the standard and with libheif. */

import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { decodePoster } from "../../node/poster.ts";
import { quartersOf, turnedAvifs } from "./avifTurns.ts";

const images = await turnedAvifs();

const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { compile(bytes: Uint8Array): Promise<object> };
};

test("a decoder that could not be loaded is loaded for the next image", async (t) => {
  const { file } = images[0]!;
  const tooMany = () => Promise.reject(new Error("too many open files"));
  t.mock.method(WebAssembly, "compile", tooMany, { times: 1 });
  await assert.rejects(decodePoster(file), /too many open files/);
  assert.equal((await decodePoster(file)).channels, 3);
});

for (const { name, file, width, height, quarters } of images) {
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
