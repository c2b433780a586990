/** One option's value, before the others are read. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { flagValue } from "../../node/options/flagValue.ts";

test("the last value wins, in either spelling", () => {
  assert.equal(flagValue(["--model", "a", "--model=b=c"], "--model"), "b=c");
  assert.equal(flagValue(["--model=a", "--model", "b"], "--model"), "b");
  assert.equal(flagValue(["--models", "a"], "--model"), undefined);
  assert.equal(flagValue(["--model"], "--model"), undefined);
});
