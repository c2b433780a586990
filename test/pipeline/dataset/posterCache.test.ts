/** The poster cache: which images it decodes, and how it handles damaged packs. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, renameSync } from "node:fs";
import { copyFile, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { decodePoster } from "../../../node/poster.ts";
import { processSpace } from "../../../node/processSpace.ts";
import { configSchema } from "../../../pipeline/config/schema.ts";
import {
  AHEAD,
  openMadePosterStore,
  openPosterStore,
  type PosterStore,
  posterFiles,
} from "../../../pipeline/dataset/posterCache.ts";
import { InputError } from "../../../predictor/errors.ts";
import { NO_MEMORY } from "../../../predictor/image/decode.ts";
import { resizePoster } from "../../../predictor/preprocess/poster.ts";
import { datasetOf } from "../sampleMovies.ts";
import { folder } from "./folder.ts";

const SPEC = { height: 6, width: 4 };
const PIXELS = SPEC.height * SPEC.width * 3;
const COLOURS = ["#c31", "#1c3", "#31c"];
const images: Buffer[] = [];

before(async () => {
  for (const background of COLOURS) {
    const image = sharp({ create: { width: 40, height: 60, channels: 3, background } });
    images.push(await image.jpeg().toBuffer());
  }
});

interface Setup {
  readonly dir: string;
  readonly cacheFile: string;
  path(name: string): string;
  /** Opens a store over the named images; closed after the test. */
  open(names: readonly string[], spec?: { height: number; width: number }): Promise<RecordedStore>;
}
type RecordedStore = PosterStore & {
  readonly damaged: readonly string[];
  readonly progress: number[][];
};

/** A folder with the images a.jpg, b.jpg, c.jpg. */
async function setup(t: TestContext): Promise<Setup> {
  const dir = await folder(t, { "a.jpg": images[0]!, "b.jpg": images[1]!, "c.jpg": images[2]! });
  const cacheFile = join(dir, "cache", "posters.pack");
  const path = (name: string) => join(dir, name);
  return {
    dir,
    cacheFile,
    path,
    async open(names, spec = SPEC) {
      const damaged: string[] = [];
      const progress: number[][] = [];
      const store = await openPosterStore({
        paths: names.map(path),
        spec,
        cacheFile,
        root: dir,
        onDamaged: (reason) => damaged.push(reason),
        onProgress: (done, total) => progress.push([done, total]),
      });
      t.after(() => store.close());
      return { ...store, damaged, progress };
    },
  };
}

/** Asserts that the store gives the same pixels as decoding each image directly. */
async function assertPixels(store: PosterStore, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const expected = resizePoster(await decodePoster(await readFile(path)), store.spec);
    const out = new Uint8Array(expected.length + 2).fill(7);
    store.read(path, out, 1);
    assert.deepEqual(out, Uint8Array.of(7, ...expected, 7), path);
  }
}

const ABC = ["a.jpg", "b.jpg", "c.jpg"];

test("the first open decodes; the second reads the same from the unchanged file", async (t) => {
  const { open, cacheFile, path } = await setup(t);
  const first = await open(ABC);
  assert.deepEqual(first.counts, { decoded: 3, cached: 0, failed: 0 });
  assert.deepEqual(first.progress, [
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
  const { mtimeMs, ino } = await stat(cacheFile);
  const second = await open(ABC);
  assert.deepEqual(second.counts, { decoded: 0, cached: 3, failed: 0 });
  const after = await stat(cacheFile);
  assert.deepEqual([after.mtimeMs, after.ino], [mtimeMs, ino]);
  assert.deepEqual([first.damaged, second.damaged], [[], []]);
  await assertPixels(first, ABC.map(path));
  await assertPixels(second, ABC.map(path));
});

test("the pack's bytes depend only on the images, not on the order of decoding", async (t) => {
  const one = await setup(t);
  const two = await setup(t);
  await one.open(ABC);
  await two.open(["a.jpg"]);
  await two.open(ABC);
  assert.deepEqual(await readFile(one.cacheFile), await readFile(two.cacheFile));
});

test("only added images are decoded; removed ones leave the pack", async (t) => {
  const { open, cacheFile, path } = await setup(t);
  await open(["a.jpg", "b.jpg"]);
  const size = (await stat(cacheFile)).size;
  const more = await open(ABC);
  assert.deepEqual(more.counts, { decoded: 1, cached: 2, failed: 0 });
  await assertPixels(more, ABC.map(path));
  const fewer = await open(["c.jpg"]);
  assert.deepEqual(fewer.counts, { decoded: 0, cached: 1, failed: 0 });
  await assertPixels(fewer, [path("c.jpg")]);
  assert.ok((await stat(cacheFile)).size < size);
  assert.equal(fewer.has(path("a.jpg")), false);
  assert.throws(
    () => fewer.read(path("a.jpg"), new Uint8Array(PIXELS)),
    /a\.jpg is not in the poster cache/,
  );
  // An open store keeps reading the pack that it opened, even after the file has been replaced.
  await assertPixels(more, ABC.map(path));
});

test("a file whose content changes is decoded again", async (t) => {
  const { open, path } = await setup(t);
  await open(ABC);
  await copyFile(path("b.jpg"), path("a.jpg"));
  const store = await open(["a.jpg", "c.jpg"]);
  await assertPixels(store, [path("a.jpg"), path("c.jpg")]);
  await writeFile(path("a.jpg"), await sharp(images[0]!).negate().jpeg().toBuffer());
  const changed = await open(["a.jpg", "c.jpg"]);
  assert.deepEqual(changed.counts, { decoded: 1, cached: 1, failed: 0 });
  await assertPixels(changed, [path("a.jpg"), path("c.jpg")]);
});

test("equal files share a slot", async (t) => {
  const { open, cacheFile, path } = await setup(t);
  await open(["a.jpg"]);
  const size = (await stat(cacheFile)).size;
  await copyFile(path("a.jpg"), path("copy.jpg"));
  const store = await open(["copy.jpg", "a.jpg"]);
  assert.deepEqual(store.counts, { decoded: 0, cached: 2, failed: 0 });
  assert.equal((await stat(cacheFile)).size, size);
  await assertPixels(store, [path("a.jpg"), path("copy.jpg")]);
});

test("many equal files take steps in proportion to their number", async (t) => {
  const { open, path } = await setup(t);
  const count = 1000;
  let steps = 0;
  const original = Array.prototype[Symbol.iterator];
  // Spreading and loops over arrays ask for this iterator.
  Array.prototype[Symbol.iterator] = function* counted(this: unknown[]) {
    const iterator = original.call(this);
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      steps++;
      yield next.value;
    }
  } as typeof original;
  const store = await open(Array.from({ length: count }, () => "a.jpg")).finally(() => {
    Array.prototype[Symbol.iterator] = original;
  });
  assert.equal(store.counts.decoded, count);
  assert.ok(steps < 50 * count, `${steps} elements were looked at for ${count} files`);
  await assertPixels(store, [path("a.jpg")]);
});

test("an image that cannot be decoded is an issue on every open, but is decoded only once", async (t) => {
  const { open, path } = await setup(t);
  await writeFile(path("bad.jpg"), images[0]!.subarray(0, images[0]!.length - 40));
  for (const decoded of [2, 0]) {
    const store = await open(["bad.jpg", "b.jpg"]);
    assert.deepEqual(store.counts, { decoded, cached: 2 - decoded, failed: 1 });
    assert.equal(store.issues.length, 1);
    assert.equal(store.issues[0]!.file, "bad.jpg");
    assert.match(store.issues[0]!.message, /^cannot be decoded as an image \(/);
    assert.equal(store.has(path("bad.jpg")), false);
    assert.ok(!store.has(path("bad.jpg")));
    await assertPixels(store, [path("b.jpg")]);
  }
});

test("a bad image that replaces a good one is remembered, too", async (t) => {
  const { open, path, cacheFile, dir } = await setup(t);
  await writeFile(path("bad.jpg"), "no image");
  await open(["a.jpg", "b.jpg"]);
  assert.equal((await open(["bad.jpg", "b.jpg"])).counts.decoded, 1);
  assert.deepEqual((await open(["bad.jpg", "b.jpg"])).counts, { decoded: 0, cached: 2, failed: 1 });
  let decoded = 0;
  const store = await openPosterStore({
    paths: ["bad.jpg", "b.jpg", "c.jpg"].map(path),
    spec: SPEC,
    cacheFile,
    root: dir,
    decode(bytes) {
      decoded++;
      return decodePoster(bytes);
    },
  });
  t.after(() => store.close());
  assert.deepEqual([decoded, store.counts], [1, { decoded: 1, cached: 2, failed: 1 }]);
});

/** Bytes of a block: key, checksum, pixels. */
const STRIDE = 32 + 4 + PIXELS;
const flip = (at: (bytes: Buffer) => number) => (bytes: Buffer) => {
  bytes[at(bytes)]! ^= 1;
  return bytes;
};
/** Where the second block starts. */
const second = (bytes: Buffer) => bytes.indexOf("\n") + 1 + STRIDE;
const damages: [what: string, damage: (pack: Buffer) => Buffer, decoded: number][] = [
  ["a flipped bit in a poster", flip((bytes) => second(bytes) + 100), 1],
  ["a flipped bit in a poster's key", flip((bytes) => second(bytes) + 7), 1],
  ["a flipped bit in a poster's checksum", flip((bytes) => second(bytes) + 32), 1],
  ["a flipped bit in its first line", flip(() => 20), 0],
  ["a flipped bit in the list at its end", flip((bytes) => bytes.length - 9), 0],
  ["a flipped bit in the list's length", flip((bytes) => bytes.length - 5), 0],
  ["its end missing", (bytes) => bytes.subarray(0, second(bytes) + 2 * STRIDE), 0],
  ["a missing last byte", (bytes) => bytes.subarray(0, -1), 0],
  ["half of its last poster missing", (bytes) => bytes.subarray(0, second(bytes) + STRIDE + 40), 1],
  [
    "a poster of zeros and its last poster missing",
    (bytes) =>
      bytes.fill(0, second(bytes), second(bytes) + STRIDE).subarray(0, second(bytes) + STRIDE),
    2,
  ],
  ["only ten bytes", (bytes) => bytes.subarray(0, 10), 3],
  ["no content", () => Buffer.alloc(0), 3],
];
for (const [what, damage, decoded] of damages) {
  test(`a pack with ${what} is made whole, and only the damaged posters are decoded`, async (t) => {
    const { open, cacheFile, path, dir } = await setup(t);
    await open(ABC);
    const whole = await readFile(cacheFile);
    const broken = damage(Buffer.from(whole));
    await writeFile(cacheFile, broken);
    // A process of the same run would otherwise train on other posters.
    const files = { paths: ABC.map(path), spec: SPEC, cacheFile, root: dir };
    await assert.rejects(openMadePosterStore(files), /posters\.pack was damaged while in use/);
    assert.deepEqual(await readFile(cacheFile), broken);
    const store = await open(ABC);
    assert.deepEqual(store.damaged, [
      `${cacheFile} is damaged; ${decoded} of 3 posters are decoded again`,
    ]);
    assert.deepEqual(store.counts, { decoded, cached: 3 - decoded, failed: 0 });
    await assertPixels(store, ABC.map(path));
    assert.deepEqual(await readFile(cacheFile), whole);
    assert.deepEqual((await open(ABC)).damaged, []);
  });
}

test("a damaged list of images that cannot be decoded costs only their decoding", async (t) => {
  const { open, path, cacheFile } = await setup(t);
  await writeFile(path("bad.jpg"), "no image");
  await open(["bad.jpg", "b.jpg"]);
  const bytes = await readFile(cacheFile);
  bytes[bytes.length - 20]! ^= 1;
  await writeFile(cacheFile, bytes);
  const store = await open(["bad.jpg", "b.jpg"]);
  assert.deepEqual(store.counts, { decoded: 1, cached: 1, failed: 1 });
  assert.match(store.damaged[0]!, /1 of 2 posters are decoded again/);
});

test("a pack of an earlier version is replaced without a warning", async (t) => {
  const { open, cacheFile, path } = await setup(t);
  await open(ABC);
  const body = Buffer.concat([
    Buffer.from("marquee posters 3\n"),
    Buffer.alloc(PIXELS * 3),
    Buffer.from("{}         2"),
  ]);
  await writeFile(cacheFile, Buffer.concat([body, createHash("sha256").update(body).digest()]));
  const store = await open(ABC);
  assert.deepEqual([store.damaged.length, store.counts.decoded], [0, 3]);
  await assertPixels(store, ABC.map(path));
});

const otherSizes: [what: string, spec: { height: number; width: number }][] = [
  ["another height", { height: 3, width: SPEC.width }],
  ["another width", { height: SPEC.height, width: 8 }],
  ["height and width exchanged", { height: SPEC.width, width: SPEC.height }],
];
for (const [what, spec] of otherSizes) {
  test(`a pack of ${what} is replaced, but not reported as damaged`, async (t) => {
    const { open, path, cacheFile, dir } = await setup(t);
    await open(ABC);
    const files = { paths: ABC.map(path), spec, cacheFile, root: dir };
    await assert.rejects(openMadePosterStore(files), /posters\.pack was deleted or replaced/);
    const store = await open(ABC, spec);
    assert.deepEqual([store.damaged.length, store.counts.decoded], [0, 3]);
    await assertPixels(store, ABC.map(path));
  });
}

test("every data set and size has its own pack", () => {
  const fileOf = (sha256: string, height: number, width: number) => {
    const dataset = { ...datasetOf([], 0), sha256 };
    const config = configSchema.parse({ poster: { height, width } });
    const { cacheFile, spec } = posterFiles({ dataset, root: "data" }, config);
    assert.deepEqual(spec, { height, width });
    return cacheFile;
  };
  const [a, b] = ["a".repeat(64), "b".repeat(64)] as const;
  const files = [
    fileOf(a, 96, 64),
    fileOf(a, 64, 96),
    fileOf(a, 96, 96),
    fileOf(a, 64, 64),
    fileOf(b, 96, 64),
  ];
  assert.equal(new Set(files).size, files.length);
  assert.equal(fileOf(a, 96, 64), files[0]);
});

test("a pack that is damaged while open gives no damaged pixels", async (t) => {
  const { open, cacheFile, path } = await setup(t);
  const store = await open(ABC);
  const bytes = await readFile(cacheFile);
  bytes[second(bytes) + 90]! ^= 1;
  await writeFile(cacheFile, bytes);
  const refused = /posters\.pack was damaged while in use; run again/;
  assert.throws(() => store.read(path("b.jpg"), new Uint8Array(PIXELS)), refused);
  await assertPixels(store, [path("a.jpg"), path("c.jpg")]);
  await truncate(cacheFile, 200);
  assert.throws(() => store.read(path("c.jpg"), new Uint8Array(PIXELS)), refused);
});

test("the half-written pack of a dead process is removed, that of a running one is not", async (t) => {
  const { open, cacheFile, dir } = await setup(t);
  await open(["a.jpg"]);
  const { pid } = spawnSync(process.execPath, ["--version"]);
  await writeFile(
    join(dir, "cache", `.posters.pack.${pid}-${processSpace()}-0a1b2c3d.tmp`),
    "half",
  );
  await writeFile(
    join(dir, "cache", `.posters.pack.${process.pid}-${processSpace()}-0a1b2c3d.tmp`),
    "half",
  );
  await open(["a.jpg"]);
  assert.deepEqual((await readdir(join(dir, "cache"))).sort(), [
    `.posters.pack.${process.pid}-${processSpace()}-0a1b2c3d.tmp`,
    "posters.pack",
  ]);
  await rm(cacheFile);
});

test("without images, the store is empty", async (t) => {
  const { open, path } = await setup(t);
  for (let i = 0; i < 2; i++) {
    const store = await open([]);
    assert.deepEqual(store.counts, { decoded: 0, cached: 0, failed: 0 });
    assert.equal(store.has(path("a.jpg")), false);
  }
});

test("a pack that another process writes meanwhile is not read with the wrong index", async (t) => {
  const { cacheFile, dir, path, open } = await setup(t);
  const other = await setup(t);
  await other.open(["c.jpg", "a.jpg"]);
  const paths = ABC.map(path);
  /** Opens the store while the other pack replaces the file. */
  const openMeanwhile = async () => {
    const onProgress = () => {
      copyFileSync(other.cacheFile, `${cacheFile}.new`);
      renameSync(`${cacheFile}.new`, cacheFile);
    };
    const store = await openPosterStore({ paths, spec: SPEC, cacheFile, root: dir, onProgress });
    t.after(() => store.close());
    return store;
  };
  await open(ABC);
  const unchanged = await openMeanwhile(); // nothing to write: the pack read at first is used
  assert.deepEqual(unchanged.counts, { decoded: 0, cached: 3, failed: 0 });
  await assertPixels(unchanged, paths);
  const rewritten = await openMeanwhile(); // two of three are cached: a new pack is written
  assert.deepEqual(rewritten.counts, { decoded: 1, cached: 2, failed: 0 });
  await assertPixels(rewritten, paths);
});

for (const decoder of ["libjpeg-turbo ", "libwebp ", "@jsquash/avif "]) {
  test(`a pack of another version of ${decoder.trim()} is rebuilt without a warning`, async (t) => {
    const { open, cacheFile, path } = await setup(t);
    await open(ABC);
    const bytes = await readFile(cacheFile);
    const place = bytes.indexOf(decoder);
    assert.ok(place > 0);
    bytes.write(`${decoder}0`, place);
    const end = bytes.indexOf("\n");
    bytes.write(
      crc32(bytes.subarray(0, end - 9))
        .toString(16)
        .padStart(8, "0"),
      end - 8,
    );
    await writeFile(cacheFile, bytes);
    const store = await open(ABC);
    assert.deepEqual([store.damaged.length, store.counts.decoded], [0, 3]);
    await assertPixels(store, ABC.map(path));
  });
}

test("an image that failed for lack of memory is an issue, and is tried again on the next open", async (t) => {
  const { open, cacheFile, dir, path } = await setup(t);
  const store = await openPosterStore({
    paths: [path("a.jpg"), path("b.jpg")],
    spec: SPEC,
    cacheFile,
    root: dir,
    async decode(bytes) {
      if (!images[0]!.equals(bytes)) return decodePoster(bytes);
      throw new InputError("poster", `cannot be decoded as an image (${NO_MEMORY})`);
    },
  });
  t.after(() => store.close());
  assert.equal(store.counts.failed, 1);
  assert.match(store.issues[0]!.message, /more memory than is available/);
  assert.equal(store.has(path("a.jpg")), false);
  await assertPixels(store, [path("b.jpg")]);
  // Another process of the same run sees the same posters.
  const paths = [path("a.jpg"), path("b.jpg")];
  const made = await openMadePosterStore({ paths, spec: SPEC, cacheFile, root: dir });
  t.after(() => made.close());
  assert.equal(made.has(path("a.jpg")), false);
  await assertPixels(made, [path("b.jpg")]);
  const again = await open(["a.jpg", "b.jpg"]);
  assert.deepEqual(again.counts, { decoded: 1, cached: 1, failed: 0 });
  await assertPixels(again, [path("a.jpg"), path("b.jpg")]);
  await rm(cacheFile);
  await assert.rejects(
    openMadePosterStore({ paths, spec: SPEC, cacheFile, root: dir }),
    /posters\.pack was deleted/,
  );
});

test("decoding waits for earlier posters to be written: memory does not grow with their number", async (t) => {
  const { dir, cacheFile } = await setup(t);
  const paths: string[] = [];
  for (let i = 0; i < 80; i++) {
    paths.push(join(dir, `${i}.jpg`));
    // The same picture in many files: bytes after its end make each file different.
    await writeFile(paths[i]!, Buffer.concat([images[0]!, Buffer.from(`${i}`)]));
  }
  let begun = 0;
  let most = 0;
  const store = await openPosterStore({
    paths,
    spec: SPEC,
    cacheFile,
    root: dir,
    async decode(bytes) {
      begun++;
      const [draft] = (await readdir(join(dir, "cache"))).filter((name) => name.endsWith(".tmp"));
      const { size } = await stat(join(dir, "cache", draft!));
      most = Math.max(most, begun - Math.floor(size / PIXELS));
      return decodePoster(bytes);
    },
  });
  t.after(() => store.close());
  assert.equal(store.counts.decoded, 80);
  assert.ok(most <= AHEAD + 1, `${most} posters were decoded and not yet written`);
  await assertPixels(store, paths);
});
