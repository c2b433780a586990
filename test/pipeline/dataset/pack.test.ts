/** Packs: what is read back, and from which other files nothing is. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sha256 } from "../../../node/files.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import {
  openPack,
  type PackEntry,
  type PackFormat,
  writePack,
} from "../../../pipeline/dataset/pack.ts";
import { folder } from "./folder.ts";

const FORMAT: PackFormat = { description: "numbers 1", blockBytes: 5 };

async function* given(entries: Iterable<PackEntry>): AsyncGenerator<PackEntry> {
  yield* entries;
}

/** `count` blocks of invented bytes. */
function invent(count: number, blockBytes: number): { key: string; bytes: Uint8Array }[] {
  const random = createRandom(1);
  return Array.from({ length: count }, (_, i) => ({
    key: sha256(String(i)),
    bytes: Uint8Array.from({ length: blockBytes }, () => random.int(256)),
  }));
}

async function pathIn(t: TestContext): Promise<string> {
  return join(await folder(t, {}), "numbers.pack");
}

for (const [what, count, blockBytes] of [
  ["more blocks than are checked at once", 9, 300_000],
  ["blocks larger than what is checked at once", 2, 1_100_000],
  ["no blocks", 0, 5],
] as const) {
  test(`${what} are read back`, async (t) => {
    const path = await pathIn(t);
    const format = { ...FORMAT, blockBytes };
    const blocks = invent(count, blockBytes);
    (await writePack(path, format, given(blocks))).close();
    const pack = openPack(path, format)!;
    t.after(() => pack.close());
    assert.deepEqual([pack.damaged, pack.size], [false, count]);
    const out = new Uint8Array(blockBytes + 1);
    for (const { key, bytes } of blocks) {
      pack.read(key, out, 1);
      assert.ok(out.subarray(1).every((byte, i) => byte === bytes[i]));
    }
    assert.throws(() => pack.read("0".repeat(64), out), /has no block 0000/);
  });
}

test("keys without a block have their reason, and the bytes do not depend on their order", async (t) => {
  const path = await pathIn(t);
  const failures = ["a", "b"].map((name) => ({ key: sha256(name), error: `${name} is bad – ∞` }));
  const [block] = invent(1, 5);
  (await writePack(path, FORMAT, given([...failures, block!]))).close();
  const bytes = await readFile(path);
  (await writePack(path, FORMAT, given([block!, ...failures.toReversed()]))).close();
  assert.deepEqual(await readFile(path), bytes);
  const pack = openPack(path, FORMAT)!;
  t.after(() => pack.close());
  assert.equal(pack.size, 3);
  assert.equal(pack.errorOf(sha256("b")), "b is bad – ∞");
  assert.equal(pack.errorOf(block!.key), undefined);
  assert.deepEqual([pack.has(sha256("a")), pack.has(block!.key)], [false, true]);
});

test("a pack of another format is not opened", async (t) => {
  const path = await pathIn(t);
  assert.equal(openPack(path, FORMAT), undefined);
  (await writePack(path, FORMAT, given(invent(4, 5)))).close();
  for (const other of [{ description: "numbers 2" }, { blockBytes: 4 }]) {
    assert.equal(openPack(path, { ...FORMAT, ...other }), undefined);
  }
});

test("where the first line is damaged, only blocks of the same format are taken", async (t) => {
  const path = await pathIn(t);
  (await writePack(path, FORMAT, given(invent(4, 5)))).close();
  const bytes = await readFile(path);
  bytes[2]! ^= 1;
  await writeFile(path, bytes);
  for (const [description, size] of [
    ["numbers 1", 4],
    ["numbers 2", 0],
  ] as const) {
    const pack = openPack(path, { ...FORMAT, description })!;
    t.after(() => pack.close());
    assert.deepEqual([pack.damaged, pack.size], [true, size]);
  }
});

test("any flipped bit costs at most the block that it is in", async (t) => {
  const path = await pathIn(t);
  const blocks = invent(3, 5);
  const entries = [...blocks, { key: sha256("bad"), error: "bad" }];
  (await writePack(path, FORMAT, given(entries))).close();
  const whole = await readFile(path);
  for (let at = 0; at < whole.length; at++) {
    await writeFile(path, whole.with(at, whole[at]! ^ (1 << (at % 8))));
    const pack = openPack(path, FORMAT)!;
    assert.ok(pack.damaged, `byte ${at}`);
    assert.ok(pack.size >= 3, `byte ${at}`);
    const out = new Uint8Array(5);
    for (const { key, bytes } of blocks.filter(({ key }) => pack.has(key))) {
      pack.read(key, out);
      assert.deepEqual(out, bytes);
    }
    pack.close();
  }
});
