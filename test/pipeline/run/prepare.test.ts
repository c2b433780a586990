/** What a run refuses before it reads anything. */

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { configSchema } from "../../../pipeline/config/schema.ts";
import { checkPaths } from "../../../pipeline/run/prepare.ts";
import { folder } from "../dataset/folder.ts";

test("a folder that nothing can be made in is refused by its option", async (t) => {
  const root = await folder(t, { file: "" });
  const inFile = join(root, "file", "deeper");
  const paths = { out: join(root, "out"), cache: join(root, "cache"), logDir: join(root, "logs") };
  const check = (options: object) => checkPaths(configSchema.parse({ ...paths, ...options }));
  await check({});
  await check({ logDir: inFile, log: false });
  assert.deepEqual(await readdir(root), ["file"], "nothing is made");
  for (const [name, option] of [
    ["cache", "--cache"],
    ["logDir", "--log-dir"],
  ] as const) {
    await assert.rejects(
      check({ [name]: inFile }),
      new RegExp(
        `^Error: ${option} ${inFile} is of no use: .*file is not a folder\\. Give another`,
      ),
    );
  }
});
