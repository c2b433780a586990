/** How many threads the server starts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { threadPlan } from "../../serve/settings.ts";

/** 0 leaves it to the server. */
const plans: [cores: number, workers: number, threads: number, expected: object][] = [
  [1, 0, 0, { workers: 1, threads: 1, spinning: true }],
  [2, 0, 0, { workers: 2, threads: 2, spinning: false }],
  [4, 0, 0, { workers: 4, threads: 2, spinning: false }],
  [8, 0, 0, { workers: 4, threads: 2, spinning: true }],
  [16, 0, 0, { workers: 4, threads: 4, spinning: true }],
  [2, 1, 0, { workers: 1, threads: 2, spinning: true }],
  [2, 0, 1, { workers: 2, threads: 1, spinning: true }],
  [2, 3, 1, { workers: 3, threads: 1, spinning: false }],
];
for (const [cores, workers, threads, expected] of plans) {
  test(`${cores} cores, --workers ${workers}, --threads ${threads}`, () => {
    assert.deepEqual(threadPlan({ workers, threads }, cores), expected);
  });
}
