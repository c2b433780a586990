import assert from "node:assert/strict";
import { test } from "node:test";
import { loadOnce } from "../../node/loadOnce.ts";

test("what was loaded is kept, and a failure is not", async () => {
  let loads = 0;
  const get = loadOnce(async () => {
    if (++loads === 1) throw new Error("too many open files");
    return { loads };
  });
  const first = await Promise.allSettled([get(), get()]);
  assert.deepEqual(
    first.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  const [one, two] = await Promise.all([get(), get()]);
  assert.deepEqual(one, { loads: 2 });
  assert.equal(one, two);
  assert.equal(await get(), one);
});
