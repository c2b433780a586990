/** The model of a process that scores shards: opened once, and again after whatever went wrong. */

import assert from "node:assert/strict";
import { rename, rm } from "node:fs/promises";
import { test } from "node:test";
import { openManifest, versionOf } from "../../../../node/bundle.ts";
import { keepModel } from "../../../../serve/batch/shards/keptModel.ts";
import { createLab } from "../../server.ts";

test("a model is kept for what it depends on, and a failure is not", async (t) => {
  const { model: path, close } = await createLab(["fp32", "q8"]);
  const kept = keepModel();
  t.after(async () => {
    await kept.close();
    await close();
  });
  const version = versionOf(await openManifest(path));
  const wanted = { path, precision: "fp32", version } as const;

  await rename(path, `${path}-away`);
  await assert.rejects(kept.open(wanted), /is not a bundle/);
  await rename(`${path}-away`, path);
  const other = { ...wanted, version: "0123456789ab" };
  await assert.rejects(kept.open(other), /has changed meanwhile; run the command again/);
  assert.equal((await kept.open({ ...wanted, precision: "q8" })).precision, "q8");
  const model = await kept.open(wanted);
  assert.deepEqual([model.precision, model.version], ["fp32", version]);
  // Once open, it no longer needs its files.
  await rm(path, { recursive: true });
  assert.equal(await kept.open(wanted), model);
});
