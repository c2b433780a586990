/** Prepared files: a machine that lacks them takes those of another one, once, and decodes nothing again. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sha256 } from "../../../../node/files.ts";
import { openStorage } from "../../../../node/storage/open.ts";
import { readConfig } from "../../../../pipeline/config/options.ts";
import type { Config } from "../../../../pipeline/config/schema.ts";
import { type LoadedDataset, loadDataset } from "../../../../pipeline/dataset/load.ts";
import { openPosterStore, posterFiles } from "../../../../pipeline/dataset/posterCache.ts";
import { featuresName, preparedFiles } from "../../../../pipeline/jobs/prepared.ts";
import { fetchPrepared, offer } from "../../../../pipeline/jobs/queue/prepared.ts";
import { hashBackbone } from "../../../../pipeline/model/backbone.ts";
import { createWorkspace, SHORT, type Workspace } from "../../run/tinyRun.ts";

let workspace: Workspace;
let loaded: LoadedDataset;
before(async () => {
  workspace = await createWorkspace(40);
});
after(() => workspace.remove());

/** A backbone's files, as far as they are read here. */
async function writeBackbone(folder: string): Promise<string> {
  await mkdir(folder);
  const modelTopology = { config: { layers: [{ config: { name: "first" } }] } };
  const model = { modelTopology, weightsManifest: [{ paths: ["a.bin", "b.bin"], weights: [] }] };
  const path = join(folder, "given.json");
  await writeFile(path, JSON.stringify(model));
  for (const name of ["a.bin", "b.bin"]) await writeFile(join(folder, name), name);
  return path;
}

/** A machine with a cache of its own. */
function configOf(machine: string, more: readonly string[]): Config {
  const flags = ["--data", workspace.data, "--cache", join(workspace.root, machine)];
  return readConfig([...SHORT, ...flags, ...more]);
}

test("what one machine has prepared, another fetches once, checks and keeps", async () => {
  const { root } = workspace;
  const vectors = join(root, "vectors.txt");
  await writeFile(vectors, "war 0.1 0.2\n");
  const backbone = await writeBackbone(join(root, "backbone"));
  const flags = ["--title-embeddings", vectors, "--poster-backbone", backbone];
  const here = configOf("here", flags);
  loaded = await loadDataset(here);
  const store = await openPosterStore(posterFiles(loaded, here));
  assert.ok(store.counts.decoded > 0);
  store.close();
  const features = join(here.cache, "features-0123.pack");
  await writeFile(features, "features of a backbone");
  const data = {
    tables: loaded.dataset.sha256,
    posters: "a".repeat(64),
    files: {
      "title embeddings": sha256(await readFile(vectors)),
      "poster backbone": (await hashBackbone(here.poster))!,
    },
  };
  const storage = openStorage(join(root, "storage"));
  const files = await preparedFiles({
    ...{ config: here, loaded, data },
    features: { poster: features },
  });
  assert.equal(files.length, 6, "a pack, vectors, three files of a backbone, its features");
  await offer(storage, files);

  // The other machine has the tables and images only.
  for (const name of ["vectors.txt", "backbone"]) {
    await rename(join(root, name), join(root, `${name}.gone`));
  }
  const there = configOf("there", flags);
  const said: string[] = [];
  const fetch = (config: Config) =>
    fetchPrepared({ storage, config, loaded, data, say: (text) => said.push(text) });
  const fetched = await fetch(there);
  assert.equal(said.filter((text) => /^fetched /.test(text)).length, 6, said.join("\n"));
  assert.equal(sha256(await readFile(fetched.title.embeddings!)), data.files["title embeddings"]);
  assert.equal(await hashBackbone(fetched.poster), data.files["poster backbone"]);
  assert.ok((await readdir(there.cache)).includes("features-0123.pack"));
  const decode = () => assert.fail("an image is decoded again");
  const again = await openPosterStore({ ...posterFiles(loaded, there), decode });
  assert.equal(again.counts.decoded, 0);
  again.close();
  assert.equal((await fetch(there)).poster.backbone, fetched.poster.backbone);
  assert.equal(said.length, 6, "all of it is kept");
  await writeFile(fetched.title.embeddings!, "damaged");
  await fetch(there);
  assert.equal(said.length, 7, "and fetched again where it is damaged");
  assert.equal(sha256(await readFile(fetched.title.embeddings!)), data.files["title embeddings"]);
  assert.deepEqual((await fetch(here)).poster.channels, here.poster.channels);

  // What is damaged in the storage, or not there, every machine prepares itself.
  const contents = join(root, "storage/contents");
  for (const folder of await readdir(contents)) {
    for (const name of await readdir(join(contents, folder))) {
      await writeFile(join(contents, folder, name), "damaged");
    }
  }
  said.length = 0;
  const alone = configOf("alone", flags);
  assert.equal((await fetch(alone)).title.embeddings, vectors);
  assert.match(said[0]!, /^cannot fetch images\/.* \(.* is damaged: .*\); preparing it here$/);
  const own = await openPosterStore(posterFiles(loaded, alone));
  assert.ok(own.counts.decoded > 0);
  own.close();
  await rm(join(root, "storage"), { recursive: true });
  said.length = 0;
  await fetch(configOf("none", flags));
  assert.deepEqual(said, []);

  // A name that no machine gives to features could be that of another file in the cache.
  const other = join(here.cache, "posters.pack");
  await rename(features, other);
  const named = { name: featuresName("poster", { config: here, data }), path: other };
  await offer(openStorage(join(root, "storage")), [named]);
  const refusing = configOf("refusing", flags);
  await fetch(refusing);
  assert.match(said.join("\n"), /"posters\.pack" is not a feature file/);
  assert.ok(!existsSync(join(refusing.cache, "posters.pack")));
});
