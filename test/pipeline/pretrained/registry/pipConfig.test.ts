/** Which index pip is set to. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { indexUrl } from "../../../../pipeline/pretrained/registry/pipConfig.ts";
import { folder } from "../../dataset/folder.ts";

test("the environment, then pip's files, the last one first", async (t) => {
  const HOME = await folder(t, {
    ".config/pip/pip.conf":
      "[install]\nindex-url = https://no\n[global]\ntimeout = 9\nindex_url = https://user/simple/\n",
    "venv/pip.conf": "[global]\nindex-url: https://venv/simple\n",
    "own.conf": "[global]\nindex-url=https://own/simple\n",
  });
  const PIP_CONFIG_FILE = join(HOME, "own.conf");
  const VIRTUAL_ENV = join(HOME, "venv");
  const PIP_INDEX_URL = "https://environment/simple/";
  assert.equal(await indexUrl({ HOME }), "https://user/simple");
  assert.equal(await indexUrl({ HOME, VIRTUAL_ENV }), "https://venv/simple");
  assert.equal(await indexUrl({ HOME, VIRTUAL_ENV, PIP_CONFIG_FILE }), "https://own/simple");
  assert.equal(
    await indexUrl({ HOME, PIP_CONFIG_FILE, PIP_INDEX_URL }),
    "https://environment/simple",
  );
  const none = await folder(t, { "empty.conf": "[global]\n" });
  const PIP_CONFIG_FILE_OF_NONE = join(none, "empty.conf");
  // /etc/pip.conf may name an index on the machine that runs this.
  assert.match(
    await indexUrl({ HOME: none, PIP_CONFIG_FILE: PIP_CONFIG_FILE_OF_NONE }),
    /^https?:.*[^/]$/,
  );
});
