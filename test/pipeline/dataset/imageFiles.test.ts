/** Images whose bytes are in a real Parquet file: as they are, and in Hugging Face's form. */

import assert from "node:assert/strict";
import { readdir, readFile, truncate } from "node:fs/promises";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import sharp from "sharp";
import type { Config } from "../../../pipeline/config/schema.ts";
import type { Dataset } from "../../../pipeline/dataset/dataset.ts";
import { keepImage } from "../../../pipeline/dataset/imageFiles.ts";
import { imageOf } from "../../../pipeline/dataset/inputs.ts";
import { describeDataIssue } from "../../../pipeline/dataset/issues.ts";
import { openPosterStore, posterFiles } from "../../../pipeline/dataset/posterCache.ts";
import { readAt } from "./described/shop.ts";
import { folder } from "./folder.ts";
import { huggingFace, plainBytes } from "./parquetImages.ts";

let red: Uint8Array;
let blue: Uint8Array;
before(async () => {
  const [width, height] = [4, 6];
  const plain = (background: string) =>
    sharp({ create: { width, height, channels: 3, background } });
  red = new Uint8Array(await plain("red").png().toBuffer());
  blue = new Uint8Array(await plain("blue").jpeg().toBuffer());
});

const KEYS = { items: "a.parquet", id: undefined, inputs: { image: { type: "image" } } };
const pathsIn = ({ movies }: Dataset) => movies.map((movie) => imageOf(movie, "image"));
const config = (root: string) =>
  ({ cache: join(root, "cache"), image: { height: 6, width: 4 } }) as unknown as Config;

describe("a Parquet file of images", () => {
  test("gives the paths of files, one for equal bytes, whose names tell the format", async (t) => {
    const named = { bytes: null, path: "b.jpg" };
    const images = [red, blue, red].map((bytes, i) => ({ bytes, path: `${i}` }));
    const root = await folder(t, {
      "a.parquet": huggingFace([...images, named, { bytes: null, path: null }, null]),
      "b.jpg": blue,
    });
    const dataset = await readAt(root, KEYS);
    const [first, second, third, fourth, fifth, sixth] = pathsIn(dataset);
    assert.deepEqual(await readFile(first!), Buffer.from(red));
    assert.deepEqual(await readFile(second!), Buffer.from(blue));
    assert.equal(third, first);
    assert.equal(fourth, join(root, "b.jpg"), "a struct without bytes names a file");
    assert.deepEqual([fifth, sixth], [undefined, undefined]);
    assert.match(basename(first!), /^[0-9a-f]{64}\.png$/);
    assert.match(basename(second!), /^[0-9a-f]{64}\.jpeg$/);
    assert.deepEqual((await readdir(join(root, "cache", "images"))).length, 2);
    assert.deepEqual(dataset.issues, []);
  });

  test("is the same data set whatever the folder of its cache is", async (t) => {
    const root = await folder(t, { "a.parquet": plainBytes([red, blue]) });
    const dataset = await readAt(root, KEYS);
    const other = await readAt(root, KEYS, false, join(root, "elsewhere"));
    assert.notDeepEqual(pathsIn(dataset), pathsIn(other));
    assert.equal(dataset.sha256, other.sha256);
    const swapped = await folder(t, { "a.parquet": plainBytes([blue, red]) });
    assert.notEqual(dataset.sha256, (await readAt(swapped, KEYS)).sha256);
  });

  test("has an issue for bytes that are no image, which names the row", async (t) => {
    const text = new TextEncoder().encode("not an image");
    const cut = red.subarray(0, 40);
    const images = [red, text, cut, blue].map((bytes) => ({ bytes, path: null }));
    const root = await folder(t, { "a.parquet": huggingFace(images) });
    const dataset = await readAt(root, KEYS);
    const store = await openPosterStore(posterFiles({ dataset, root }, config(root)));
    t.after(() => store.close());
    assert.deepEqual(store.issues.map(describeDataIssue), [
      "a.parquet:2: cannot be decoded as an image (it is not a JPEG, PNG, WebP, AVIF or GIF)",
      "a.parquet:3: cannot be decoded as an image (it is cut off)",
    ]);
    const paths = pathsIn(dataset);
    assert.deepEqual(
      paths.map((path) => store.has(path!)),
      [true, false, false, true],
    );
    const pixels = new Uint8Array(6 * 4 * 3);
    store.read(paths[0]!, pixels);
    assert.deepEqual([...pixels.subarray(0, 3)], [255, 0, 0]);
  });

  test("is told by its row where it has something else", async (t) => {
    const images = [
      `{"image": {"url": "a"}, "tags": "x"}`,
      `{"image": {}, "tags": "y"}`,
      `{"image": {"path": " "}, "tags": "y"}`,
      `{"tags": "x"}`,
    ];
    const root = await folder(t, { "a.jsonl": images.join("\n") });
    const dataset = await readAt(root, { ...KEYS, items: "a.jsonl" });
    assert.deepEqual(dataset.issues.map(describeDataIssue), [
      'a.jsonl:1: "image" has neither the bytes of an image nor its path.',
      'a.jsonl:3: "image" has neither the bytes of an image nor its path.',
    ]);
    assert.deepEqual(pathsIn(dataset), [undefined, undefined]);
  });

  test("may have an image whose bytes are valid text", async (t) => {
    // A GIF of one pixel without a colour above 127.
    const gif = Buffer.from("R0lGODdhAQABAHAAACwAAAAAAQABAAACAkQBADs=", "base64");
    const root = await folder(t, { "a.parquet": plainBytes([gif, red]) });
    const [path] = pathsIn(await readAt(root, KEYS));
    assert.match(path!, /\.gif$/);
    assert.deepEqual(await readFile(path!), gif);
  });
});

test("a file that was cut short is written again", async (t) => {
  const dir = await folder(t);
  const path = keepImage(red, dir);
  await truncate(path, 3);
  assert.equal(keepImage(red, dir), path);
  assert.deepEqual(await readFile(path), Buffer.from(red));
  assert.deepEqual(await readdir(dir), [basename(path)]);
});
