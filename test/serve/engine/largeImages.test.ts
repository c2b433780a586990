/** Large images: stopped when nobody waits for them, and decoded in a fair order. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import sharp from "sharp";
import { InputError } from "../../../predictor/errors.ts";
import { imageKey } from "../../../serve/engine/imageCache.ts";
import { LargeImages } from "../../../serve/engine/largeImages.ts";
import { until } from "../../until.ts";

const spec = { type: "image", height: 16, width: 12 } as never;
let large: Buffer;
let small: Buffer;
before(async () => {
  large = await avif(4000, 3000);
  small = await avif(300, 400);
});

const opened: LargeImages[] = [];
after(() => Promise.all(opened.map((images) => images.close())));
function open(threads: number, avifLimits?: { pixels: number; bytes: number }): LargeImages {
  const imageLimits = { pixels: 50e6, ...(avifLimits ? { avif: avifLimits } : {}) };
  const images = new LargeImages({ threads, imageLimits });
  opened.push(images);
  return images;
}

function avif(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: "#573" } })
    .avif({ effort: 0 })
    .toBuffer();
}

/** The same image as another file: with a box that says nothing. */
function variant(file: Buffer, number: number): Buffer {
  const box = Buffer.alloc(12);
  box.writeUInt32BE(box.length);
  box.write("free", 4);
  box.writeUInt32BE(number, 8);
  return Buffer.concat([file, box]);
}

function imageOf(file: Buffer, pixels: number) {
  return { name: "poster", spec, file, pixels, isAvif: true };
}

test("an AVIF that nobody waits for is stopped, another one goes on, and the threads work again", async () => {
  const images = open(2);
  const stop = new AbortController();
  let goesOn = true;
  const left = images.decode(imageOf(variant(large, 1), 12e6), stop.signal);
  const other = images.decode(imageOf(variant(large, 2), 12e6)).finally(() => {
    goesOn = false;
  });
  const waiting = images.decode(imageOf(variant(large, 3), 12e6), stop.signal);
  await until(() => images.size === 3);
  stop.abort(new Error("gone"));
  await assert.rejects(left, { message: "gone" });
  await assert.rejects(waiting, { message: "gone" });
  await until(() => images.size === 1);
  assert.ok(goesOn, "the stopped one took as long as the other");
  assert.equal((await images.decode(imageOf(small, 120_000))).length, 16 * 12 * 3);
  assert.equal((await other).length, 16 * 12 * 3);
  // Again and again: ending a thread leaves the pool as it was.
  for (let i = 0; i < 5; i++) {
    const again = new AbortController();
    const one = images.decode(imageOf(variant(large, 10 + i), 12e6), again.signal);
    await turn();
    again.abort(new Error("gone"));
    await assert.rejects(one, { message: "gone" });
  }
  await until(() => images.size === 0);
  assert.equal((await images.decode(imageOf(small, 120_000))).length, 16 * 12 * 3);
});

test("a file that two requests wait for is decoded for the one that stays", async () => {
  const images = open(1);
  const stop = new AbortController();
  const first = images.decode(imageOf(large, 12e6), stop.signal);
  const second = images.decode(imageOf(large, 12e6), new AbortController().signal);
  // Files are known by their digests, which are taken in the background: now both requests wait.
  await imageKey(large, spec);
  await until(() => images.size === 1);
  stop.abort(new Error("gone"));
  await assert.rejects(first, { message: "gone" });
  assert.equal((await second).length, 16 * 12 * 3);
});

test("small images come before large ones, and a request of many does not come before others", async () => {
  const images = open(1);
  const order: string[] = [];
  const decode = (name: string, number: number, pixels: number, signal: AbortSignal) =>
    images.decode(imageOf(variant(small, number), pixels), signal).then(() => order.push(name));
  const [many, one] = [new AbortController().signal, new AbortController().signal];
  await Promise.all([
    decode("first", 1, 100, many),
    decode("many", 2, 100, many),
    decode("many", 3, 100, many),
    decode("many", 4, 100, many),
    decode("one", 5, 150, one),
    decode("small", 6, 50, new AbortController().signal),
  ]);
  assert.deepEqual(order, ["first", "small", "one", "many", "many", "many"]);
});

test("what a decoder may take of memory is refused by name, and the next image is decoded", async () => {
  const images = open(1, { pixels: 50e6, bytes: 60e6 });
  await assert.rejects(
    images.decode(imageOf(large, 12e6)),
    (error) =>
      error instanceof InputError &&
      error.message ===
        "poster: cannot be decoded as an image (it takes more than 60 MB of memory)",
  );
  assert.equal((await images.decode(imageOf(small, 120_000))).length, 16 * 12 * 3);
});

test("what is wrong with a file comes back from the thread by its code", async () => {
  await assert.rejects(
    open(1, { pixels: 6e6, bytes: 60e6 }).decode(imageOf(Buffer.from("no image"), 1200)),
    (error) => error instanceof InputError && error.issue?.code === "notDecoded",
  );
});

test("a file that says it is smaller than it is takes no more memory than others", async () => {
  const images = open(1, { pixels: 6e6, bytes: 60e6 });
  const lying = Buffer.from(large);
  const size = lying.indexOf("ispe") + 8;
  lying.writeUInt32BE(40, size);
  lying.writeUInt32BE(30, size + 4);
  await assert.rejects(
    images.decode(imageOf(lying, 1200)),
    /cannot be decoded as an image \(it (?:is damaged|takes more than 60 MB of memory)\)/,
  );
});
