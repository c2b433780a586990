import assert from "node:assert/strict";
import { test } from "node:test";
import { describeError } from "../../node/describeError.ts";

test("our own mistakes always come with their stack", () => {
  assert.equal(describeError(new Error("the data is odd"), "error: "), "error: the data is odd");
  assert.match(
    describeError(new Error("internal: row 3 has no label"), "error: "),
    /^Error: internal[\s\S]*\n\s+at /,
  );
  assert.equal(describeError("thrown text"), "thrown text");
});
