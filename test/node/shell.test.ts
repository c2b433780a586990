/** Quoting of arguments for a shell. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { quoteArgument } from "../../node/shell.ts";

test("a shell reads quoted arguments back; plain arguments are not quoted", () => {
  for (const text of ["a b", "it's", '$HOME `id` "x" \\', "", "*", "-- ünï\ncode"]) {
    const back = execFileSync("sh", ["-c", `printf %s ${quoteArgument(text)}`], {
      encoding: "utf8",
    });
    assert.equal(back, text);
  }
  assert.equal(quoteArgument("../models/ml1m-2"), "../models/ml1m-2");
});
