/** Words and line of JSON that does not parse. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { describeJsonError } from "../../../pipeline/dataset/jsonError.ts";

test("the line is the one of the error, the message has no extract", () => {
  const { line, message } = describeJsonError('[1,\n2,\n}, "a long text"\n]');
  assert.equal(line, 3);
  assert.match(message, /^Unexpected token '?}'?$/);
});
