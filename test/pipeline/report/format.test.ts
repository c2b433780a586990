/** Number formats. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatError,
  formatShape,
} from "../../../pipeline/report/format.ts";

test("counts, sizes, times, errors and shapes", () => {
  assert.equal(formatCount(1234567), "1,234,567");
  assert.deepEqual([0, 1023, 1024, 8_388_608].map(formatBytes), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "8.0 MiB",
  ]);
  assert.deepEqual([0.04, 59.94, 60, 725.4].map(formatDuration), [
    "0.0 s",
    "59.9 s",
    "1 min 0 s",
    "12 min 5 s",
  ]);
  assert.deepEqual([0, 3.14e-7].map(formatError), ["0", "3.1e-7"]);
  assert.equal(formatShape(["batch", 96, 64, 3]), "[batch, 96, 64, 3]");
});
