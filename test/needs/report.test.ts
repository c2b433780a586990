/** The end of a test run says what was skipped and how to bring what is missing, and nothing if nothing was skipped. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { commandOf, NEEDS, type Need, type NeedName, reasonWithout } from "./needs.ts";

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-needs-"));
});
after(() => rm(root, { recursive: true, force: true }));

/** @returns What Node's runner prints of a file of these lines, and its exit code. */
async function runTests(...lines: string[]): Promise<{ out: string; status: number | null }> {
  const file = join(root, "some.test.mjs");
  await writeFile(file, ['import { test } from "node:test";', ...lines, ""].join("\n"));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout, status } = spawnSync(
    process.execPath,
    ["--import", "tsx", "--test", "--test-reporter=./test/needs/reporter.mjs", file],
    { encoding: "utf8", env },
  );
  return { out: stdout, status };
}

const skipped = (name: string, reason: string) =>
  `test(${JSON.stringify(name)}, { skip: ${JSON.stringify(reason)} }, () => {});`;

test("reasons are counted, with the command and what is untested; failures stay failures", async () => {
  const { out, status } = await runTests(
    skipped("by hand", "the moon is full"),
    skipped("one", reasonWithout("redis")),
    skipped("another", reasonWithout("redis")),
    'test("fails", () => { throw new Error("on purpose"); });',
  );
  assert.equal(status, 1);
  assert.match(out, /on purpose/);
  assert.equal(
    out.slice(out.indexOf("\nSkipped")),
    `
Skipped 3 tests on this machine:
   2  needs redis-server: apt-get install redis-server
      untested: ${NEEDS.redis.untested}
   1  the moon is full
`,
  );
});

test("nothing is said where nothing is skipped", async () => {
  const { out, status } = await runTests('test("passes", () => {});');
  assert.equal(status, 0);
  assert.match(out, /pass 1\b/);
  assert.doesNotMatch(out, /Skipped/);
});

test("each need has one way to come by it, and a reason of its own", () => {
  const names = Object.keys(NEEDS) as NeedName[];
  for (const name of names) {
    const need: Need = NEEDS[name];
    assert.equal([need.debian, need.command].filter(Boolean).length, 1, name);
    assert.doesNotMatch(commandOf(need), /undefined/);
  }
  assert.equal(new Set(names.map(reasonWithout)).size, names.length);
});
