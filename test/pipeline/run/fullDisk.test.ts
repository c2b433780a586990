/** What is said when a disk is full. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { withResume } from "../../../pipeline/run/fullDisk.ts";

test("a full disk is told with the file, and how to go on; other errors stay", {
  skip: process.platform !== "linux",
}, async () => {
  const full = await writeFile("/dev/full", "x").catch((error: Error) => error);
  const named = Object.assign(full as Error, { path: "/models/a.tmp/model.onnx" });
  assert.equal(
    withResume(named, "npm run pipeline -- --resume").message,
    "/models/a.tmp/model.onnx cannot be written (ENOSPC: no space left on device); free some space there, or give folders on another disk. Finished epochs are saved, resume with\n  npm run pipeline -- --resume",
  );
  const other = new Error("no");
  assert.equal(withResume(other, "x"), other);
});
