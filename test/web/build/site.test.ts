import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildSite } from "../../../web/build/site.ts";

/** Refused before the bundle is looked at, which is not there either. */
const build = (out: string) =>
  buildSite({ model: "no/such", out, compress: false, logLevel: "warn" });

test("a folder that no earlier build has left is not emptied", async () => {
  const out = await mkdtemp(join(tmpdir(), "marquee-out-"));
  await writeFile(join(out, "thesis.txt"), "years of work");
  await writeFile(join(out, "index.html"), "another site");
  await assert.rejects(build(out), /is not empty, and no earlier build .* Name another folder/);
  assert.deepEqual((await readdir(out)).sort(), ["index.html", "thesis.txt"]);
  await rm(out, { recursive: true });
});

test("a file is no folder for a site", async () => {
  await assert.rejects(build("package.json"), /cannot be put at .*package\.json: ENOTDIR/);
});
