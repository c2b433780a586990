/** Memory that requests took is given back once the server is idle, and not before. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { freeMemoryWhenIdle } from "../../serve/idleMemory.ts";

const MB = 1_000_000;
const held = () => process.memoryUsage().heapTotal + process.memoryUsage().external;

/** Takes memory that nothing needs any more when it returns. */
function take(bytes: number): number {
  const parts = Array.from({ length: bytes / MB }, () => Buffer.alloc(MB, 1));
  return parts.reduce((sum, part) => sum + part[0]!, 0);
}

test("a server that has had no request for an interval gives back what bodies took", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const admission = { accepted: 0, isIdle: true };
  const end = freeMemoryWhenIdle(admission);
  t.after(end);
  const before = held();
  take(200 * MB);
  const taken = held();
  assert.ok(taken > before + 150 * MB, `${taken - before} bytes are held`);

  admission.accepted = 1;
  t.mock.timers.tick(5000);
  assert.ok(held() > before + 150 * MB, "a request came since the last look");
  admission.isIdle = false;
  t.mock.timers.tick(5000);
  assert.ok(held() > before + 150 * MB, "a request is not answered yet");
  admission.isIdle = true;
  t.mock.timers.tick(5000);
  assert.ok(held() < before + 64 * MB, `${held() - before} bytes are still held`);
});
