import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildSite } from "../../../web/build/site.ts";

/** The folder is checked before the bundle, which does not exist either. */
const build = (out: string) =>
  buildSite({ model: "no/such", out, compress: false, logLevel: "warn" });

test("a folder that is not an earlier build is not emptied", async () => {
  const out = await mkdtemp(join(tmpdir(), "marquee-out-"));
  await writeFile(join(out, "thesis.txt"), "years of work");
  await writeFile(join(out, "index.html"), "another site");
  await assert.rejects(build(out), /is not empty, and not an earlier build .* Name another folder/);
  assert.deepEqual((await readdir(out)).sort(), ["index.html", "thesis.txt"]);
  await rm(out, { recursive: true });
});

test("a file in place of the folder is refused", async () => {
  await assert.rejects(build("package.json"), /cannot be put at .*package\.json: ENOTDIR/);
});
