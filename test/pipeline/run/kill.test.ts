/** kill -9 at any moment leaves no half-written bundle and no broken cache. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../../../node/bundle.ts";
import { createRandom } from "../../../pipeline/random.ts";
import { createWorkspace, SHORT, start, type Workspace } from "./tinyRun.ts";

let workspace: Workspace;
before(async () => {
  workspace = await createWorkspace();
});
after(() => workspace.remove());

const KILLS = 8;

test("a bundle is whole after every kill, and the next run is undisturbed", async () => {
  const { root, data } = workspace;
  const out = join(root, "bundle");
  const cache = join(root, "cache");
  const args = [...SHORT, "--data", data, "--out", out, "--cache", cache, "--seed", "3"];
  const whole = start("pipeline/main.ts", args);
  const began = performance.now();
  const { code, stderr } = await whole.finished;
  assert.equal(code, 0, stderr);
  const duration = performance.now() - began;
  const expected = await readFile(join(out, "model.onnx"));

  const random = createRandom("kill");
  for (let i = 0; i < KILLS; i++) {
    // Spread over the run, with most of them late, where files are written.
    const share = i < KILLS / 2 ? random.next() : 0.8 + 0.3 * random.next();
    const run = start("pipeline/main.ts", args);
    const timer = setTimeout(() => run.child.kill("SIGKILL"), share * duration);
    await run.finished;
    clearTimeout(timer);
    const { path } = await openBundle(out);
    assert.ok((await readFile(join(path, "model.onnx"))).equals(expected));
  }

  const last = await start("pipeline/main.ts", args).finished;
  assert.equal(last.code, 0, last.stderr);
  assert.doesNotMatch(last.stderr, /damaged/);
  assert.ok((await readFile(join(out, "model.onnx"))).equals(expected));
  const leftovers = [...(await readdir(root)), ...(await readdir(cache))].filter((name) =>
    /\.tmp$|\.previous$/.test(name),
  );
  assert.deepEqual(leftovers, [], "leftovers of killed runs are cleared");
  assert.ok(existsSync(out));
});
