import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "./until.ts";

test("what does not come true is named, and what does is waited for", async () => {
  const mostMs = 1;
  await assert.rejects(
    until(() => false, { mostMs, name: "a worker is ready" }),
    { message: "not within 1 ms: a worker is ready" },
  );
  await assert.rejects(
    until(() => Number("1") > 2, { mostMs }),
    /Number\("1"\) ?> ?2/,
  );
  let tries = 0;
  await until(async () => ++tries === 3);
  assert.equal(tries, 3);
});
