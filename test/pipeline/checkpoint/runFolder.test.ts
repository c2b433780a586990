/** A run's checkpoints belong to its data, options, backend and versions, and to one process at a time. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openCheckpointer } from "../../../pipeline/checkpoint/checkpointer.ts";
import { FORMAT, type Identity, identityOf } from "../../../pipeline/checkpoint/identity.ts";
import { openRunFolder, WHOLE } from "../../../pipeline/checkpoint/runFolder.ts";
import { SILENT } from "../../../pipeline/common/console.ts";
import { configSchema } from "../../../pipeline/config/schema.ts";
import type { DeclaredInputs } from "../../../pipeline/dataset/inputs.ts";
import { twoKinds, withValues } from "../sampleMovies.ts";
import { memoryStore } from "../tinyModel.ts";

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-run-folder-"));
});
after(() => rm(root, { recursive: true }));

const SPEC = { height: 2, width: 1 };

function identity(options: object = {}, red = 0): Promise<Identity> {
  const { movies, ...dataset } = twoKinds(20);
  const withPoster = movies.map((movie) => withValues(movie, { poster: `${movie.id}.jpg` }));
  const posters = memoryStore(SPEC, new Map([["3.jpg", Uint8Array.of(red, 1, 2, 3, 4, 5)]]));
  return identityOf(
    configSchema.parse({ backend: "wasm", poster: SPEC, ...options }),
    { ...dataset, movies: withPoster },
    posters,
    { node: "20" },
  );
}

/** Opens the folder of `name` and tells what was said. */
async function open(name: string, options: { identity?: Identity; resume?: boolean } = {}) {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const folder = await openRunFolder(
    {
      cache: root,
      target: join(root, name),
      identity: options.identity ?? (await identity()),
      resume: options.resume ?? false,
      logs: join(root, "logs"),
    },
    { ...SILENT, line: say, warn: say },
  );
  return { folder, said: said.join("\n") };
}

const STATE = { state: {}, tensors: new Map() };

async function unfinished(name: string): Promise<void> {
  const { folder } = await open(name);
  for (const training of [WHOLE, "fold-2", "fold-10"]) {
    const store = await openCheckpointer(folder.place(training), assert.fail);
    await store.save("title", training === WHOLE ? Infinity : 2, STATE);
  }
  await folder.release();
}

test("an unfinished run is resumed by the same options, wherever things are", async () => {
  await unfinished("same");
  const moved = await identity({
    data: "elsewhere",
    out: "x",
    cache: "y",
    resume: true,
    foldWorkers: 3,
    logDir: "z",
    log: false,
    strict: true,
  });
  const { folder, said } = await open("same", { identity: moved, resume: true });
  assert.ok(folder.resumed);
  assert.equal(
    said,
    "  resuming: fold-2: title after epoch 2; fold-10: title after epoch 2; title finished",
  );
  const { saved } = await openCheckpointer(folder.place("fold-2"), assert.fail);
  assert.equal(saved.get("title")!.at, 2);
  await folder.remove();
  assert.ok(!existsSync(folder.place(WHOLE).folder));
});

test("an unfinished run is resumed to another target, where nothing is to be resumed", async () => {
  await unfinished("refused");
  const { folder, said } = await open("elsewhere", { resume: true });
  assert.ok(folder.resumed);
  assert.match(said, /taking over the checkpoints in .*refused-[0-9a-f]{8}, of the same run/);
  assert.match(said, /resuming: fold-2: title after epoch 2; .*; title finished/);
  await folder.release();
  assert.ok(!existsSync(join(folder.place(WHOLE).folder, "..", "..", "refused")));
  // Not of another run, and not of one at work.
  const other = await open("third", { identity: await identity({ seed: 7 }), resume: true });
  assert.ok(!other.folder.resumed);
  await other.folder.remove();
  const working = await open("elsewhere", { resume: true });
  const idle = await open("fourth", { resume: true });
  assert.ok(!idle.folder.resumed);
  await idle.folder.remove();
  await working.folder.remove();
});

test("another configuration, seed, data set or poster is refused, and what differs is named", async () => {
  await unfinished("other");
  const refused = async (changed: Identity, ...named: RegExp[]) => {
    for (const name of named) {
      await assert.rejects(open("other", { identity: changed, resume: true }), name);
    }
  };
  await refused(
    await identity({ seed: 7, ratings: { dropout: 0.3 } }),
    /^Error: --resume: the checkpoints in .*other-[0-9a-f]{8} are of another run/,
    /^ {2}options\.seed: 42 -> 7$/m,
    /^ {2}options\.ratings\.dropout: 0\.4 -> 0\.3$/m,
  );
  await refused(await identity({}, 1), /^ {2}data\.posters: "[0-9a-f]{64}" -> "[0-9a-f]{64}"$/m);
  const same = await identity();
  await refused(await identity({ backend: "cpu" }), /^ {2}options\.backend: "wasm" -> "cpu"$/m);
  await refused({ ...same, versions: { node: "22" } }, /^ {2}versions\.node: "20" -> "22"$/m);
  await refused(
    { ...same, format: FORMAT + 1 },
    new RegExp(`^ {2}format: ${FORMAT} -> ${FORMAT + 1}$`, "m"),
  );
  // Refusing has taken nothing away.
  assert.ok((await open("other", { resume: true })).folder.resumed);
});

test("a file of word vectors belongs to a run's identity by the text that it is for", async () => {
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const text = { type: "text", form: "plain", maxCharacters: 100 } as const;
  const files = { name: join(root, "name.txt"), details: join(root, "details.txt") };
  await writeFile(files.name, "a 1\n");
  await writeFile(files.details, "b 2\n");
  const { title, ...config } = configSchema.parse({ backend: "wasm" });
  const dataset = { ...twoKinds(20), movies: [] };
  const filesOf = async (inputs: DeclaredInputs, embedded: Partial<typeof files>) => {
    const sections = Object.keys(inputs).map((name) => [
      name,
      { ...title, embeddings: embedded[name as keyof typeof files] },
    ]);
    const own = { title, ...config, ...Object.fromEntries(sections) };
    const posters = memoryStore(SPEC, new Map());
    return (await identityOf(own, { ...dataset, inputs }, posters, {})).data.files;
  };
  const texts = { name: text, details: text };
  assert.deepEqual(await filesOf(texts, files), {
    "name embeddings": hash("a 1\n"),
    "details embeddings": hash("b 2\n"),
  });
  assert.deepEqual(await filesOf(texts, { details: files.details }), {
    "details embeddings": hash("b 2\n"),
  });
  // Those of a group are an option of it.
  const grouped = { head: { ...text, group: "name" }, name: text };
  assert.deepEqual(await filesOf(grouped, { name: files.name }), {
    "head embeddings": hash("a 1\n"),
    "name embeddings": hash("a 1\n"),
  });
  assert.deepEqual(await filesOf({ name: text }, { name: files.details }), {
    "name embeddings": hash("b 2\n"),
  });
});

test("without --resume, old checkpoints are replaced, and that is said", async () => {
  await unfinished("anew");
  const { folder, said } = await open("anew");
  assert.ok(!folder.resumed);
  assert.match(said, /replacing the checkpoints of an unfinished run \(.*title finished\)/);
  assert.equal((await openCheckpointer(folder.place(WHOLE), assert.fail)).saved.size, 0);
  await folder.release();
});

test("without checkpoints, --resume starts from the beginning, and that is said", async () => {
  const own = await identity({ seed: 99 });
  const { folder, said } = await open("nothing", { identity: own, resume: true });
  assert.ok(!folder.resumed);
  assert.match(said, /nothing to resume in .*: starting from the beginning/);
  await folder.release();
  await writeFile(join(folder.place(WHOLE).folder, "..", "run.json"), '{"identity"');
  const damaged = await open("nothing", { identity: own, resume: true });
  assert.match(damaged.said, /run\.json is damaged .*\n.*starting from the beginning/);
  await damaged.folder.release();
});

test("a folder that a running process has is refused, and free afterwards", async () => {
  const { folder } = await open("locked");
  await assert.rejects(open("locked"), new RegExp(`a run is at work .*process ${process.pid}`));
  await folder.release();
  await (await open("locked")).folder.release();
});

test("a run that is done leaves alone the lock of one that has begun since", async () => {
  const { folder } = await open("done");
  await folder.remove();
  const next = await open("done");
  await folder.release();
  await assert.rejects(open("done"), /a run is at work/);
  await next.folder.release();
});
