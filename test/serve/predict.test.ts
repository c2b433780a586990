/** Arguments that the command line refuses before it opens a bundle. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "../pipeline/run/tinyRun.ts";

for (const top of ["-3", "0", "1.5", "many"]) {
  test(`--top ${top} is refused`, async () => {
    const args = ["--model", "nowhere", "--title", "x", "--top", top];
    const { code, stdout, stderr } = await start("serve/predict.ts", args).finished;
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /top (?:Too small|is wrong)|option '--top <integer>' argument 'many' is invalid/,
    );
  });
}
