/** The folder with a training run's states: after a kill, disk errors, or another run. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { processSpace } from "../../../node/processSpace.ts";
import {
  describeCheckpoints,
  openCheckpointer,
  type Snapshot,
} from "../../../pipeline/checkpoint/checkpointer.ts";
import { inputName } from "../../../predictor/inputs/inputType.ts";
import { without } from "../../needs/needs.ts";

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-checkpointer-"));
});
after(() => rm(root, { recursive: true }));

const place = (name: string, run = "run") => ({ folder: join(root, name), run });
const snapshot = (value: number): Snapshot => ({
  state: { value, missing: null },
  tensors: new Map([["weights/a", Float32Array.of(value, value + 0.5)]]),
});
const refuse = (text: string) => assert.fail(text);

async function saveTo(name: string, ...epochs: number[]) {
  let saved = 0;
  const store = await openCheckpointer(place(name), refuse, async () => void saved++);
  for (const epoch of epochs) await store.save("poster", epoch, snapshot(epoch));
  assert.equal(saved, epochs.length);
  const files = (await readdir(join(root, name))).sort();
  return files.map((file) => join(root, name, file));
}

test("the last state of every tower is restored, and the one before it stays on disk", async () => {
  const files = await saveTo("plain", 1, 2, 3);
  assert.equal(files.length, 2);
  const store = await openCheckpointer(place("plain"), refuse);
  await store.save("title", Number.POSITIVE_INFINITY, snapshot(9));
  const { saved } = await openCheckpointer(place("plain"), refuse);
  assert.deepEqual(saved.get("poster"), { at: 3, ...snapshot(3) });
  assert.deepEqual(saved.get("title"), { at: Number.POSITIVE_INFINITY, ...snapshot(9) });
  assert.equal(
    await describeCheckpoints(join(root, "plain")),
    "title finished, poster after epoch 3",
  );
  assert.equal(await describeCheckpoints(join(root, "nowhere")), undefined);
});

test("towers have any name that an input may have", async () => {
  for (const tower of ["main_image", "photo2", "productName", "A"]) {
    inputName.parse(tower);
    const store = await openCheckpointer(place(tower), refuse);
    for (const epoch of [1, 2, 3]) await store.save(tower, epoch, snapshot(epoch));
    assert.equal((await readdir(join(root, tower))).length, 2);
    const { saved } = await openCheckpointer(place(tower), refuse);
    assert.deepEqual(saved.get(tower), { at: 3, ...snapshot(3) });
    assert.equal(await describeCheckpoints(join(root, tower)), `${tower} after epoch 3`);
  }
});

for (const [name, damage] of Object.entries({
  "a flipped bit": async (file: string) => {
    const bytes = await readFile(file);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(file, bytes);
  },
  "a truncated file": (file: string) => truncate(file, 40),
  "an empty file": (file: string) => truncate(file, 0),
})) {
  test(`${name}: the state is ignored with a warning, and the one before it is used`, async () => {
    const files = await saveTo(name, 1, 2);
    await damage(files[1]!);
    const warnings: string[] = [];
    const store = await openCheckpointer(place(name), (text) => warnings.push(text));
    assert.equal(store.saved.get("poster")!.at, 1);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /poster-0002-.*safetensors is damaged \(.*SHA-256.*\)/);
    await store.save("poster", 2, snapshot(2));
    assert.deepEqual(
      (await openCheckpointer(place(name), refuse)).saved.get("poster")!.state,
      snapshot(2).state,
    );
  });
}

test("leftovers of killed writers are removed, other files stay", async () => {
  const [file] = await saveTo("leftovers", 1);
  const folder = join(root, "leftovers");
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  await writeFile(
    join(folder, `.poster-0002-x.safetensors.${pid}-${processSpace()}-0123abcd.tmp`),
    "half",
  );
  await writeFile(join(folder, "notes.txt"), "mine");
  const { saved } = await openCheckpointer(place("leftovers"), refuse);
  assert.equal(saved.get("poster")!.at, 1);
  assert.deepEqual((await readdir(folder)).sort(), ["notes.txt", file!.slice(folder.length + 1)]);
});

test("states of another run are ignored", async () => {
  await saveTo("foreign", 1);
  const warnings: string[] = [];
  const { saved } = await openCheckpointer(place("foreign", "other"), (text) =>
    warnings.push(text),
  );
  assert.equal(saved.size, 0);
  assert.match(warnings[0]!, /belongs to another run/);
});

test("if the disk accepts only a part, the error says what to do and the last state stays", {
  skip: without("posix"),
}, async () => {
  const name = "limited";
  const [file] = await saveTo(name, 1);
  await mkdir(join(root, "script"));
  const script = join(root, "script", "save.mts");
  const module = new URL("../../../pipeline/checkpoint/checkpointer.ts", import.meta.url).href;
  await writeFile(
    script,
    `const { openCheckpointer } = await import(${JSON.stringify(module)});
     const store = await openCheckpointer(${JSON.stringify(place(name))}, console.error);
     const tensors = new Map([["weights/a", new Float32Array(1e6)]]);
     await store.save("poster", 2, { state: {}, tensors });`,
  );
  // In units of 512 bytes: the kernel accepts the first megabyte and rejects the rest.
  const command = `ulimit -f 2000; exec "${process.execPath}" --import tsx "${script}"`;
  const { status, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(
    stderr,
    /cannot write the checkpoint \S+poster-0002-\S+ \(EFBIG.*\)\. Earlier checkpoints are kept: poster after epoch 1\. Free at least 9 MB there and run again with --resume\./,
  );
  assert.deepEqual(await readdir(join(root, name)), [file!.slice(join(root, name).length + 1)]);
  assert.equal((await openCheckpointer(place(name), refuse)).saved.get("poster")!.at, 1);
});
