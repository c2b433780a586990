/** Values of flags and environment variables. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseValue } from "../../../node/options/value.ts";

const texts = { type: "array", items: { type: "string" } };

test("lists are comma-separated values, or JSON, and nothing in between", () => {
  assert.deepEqual(parseValue("a,b", texts), ["a", "b"]);
  assert.deepEqual(parseValue('["a,b", "c"]', texts), ["a,b", "c"]);
  for (const text of ["['a']", '["a"', "[a,b]"]) {
    assert.throws(() => parseValue(text, texts), /comma-separated values, or JSON/, text);
  }
});

test("numbers are finite, and decimal as in tables", () => {
  assert.equal(parseValue("-1.5", { type: "number" }), -1.5);
  for (const text of ["", " ", "many", "Infinity", "0x10", "0b1", "1_000"]) {
    assert.throws(() => parseValue(text, { type: "number" }), /must be a number/, text);
  }
});
