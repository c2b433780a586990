/** Arguments that the command line refuses before it opens a bundle. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "../pipeline/run/tinyRun.ts";

const refusals: [top: string, message: RegExp][] = [
  ["0", /^error: options: top: too small, expected a number >=1 \(given: 0\)$/m],
  ["1.5", /^error: options: top: expected int, .* \(given: 1\.5\)$/m],
  ["many", /^error: option '--top <integer>' argument 'many' is invalid/m],
];

for (const [top, message] of refusals) {
  test(`--top ${top} is refused`, async () => {
    const args = ["--model", "nowhere", "--title", "x", "--top", top];
    const { code, stdout, stderr } = await start("serve/predict.ts", args).finished;
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, message);
  });
}

test("an option that may be the bundle's is not refused before what is wrong with the bundle", async () => {
  for (const option of ["--title", "--body"]) {
    const args = ["--model", "nowhere", option, "x"];
    const { code, stderr } = await start("serve/predict.ts", args).finished;
    assert.equal(code, 1);
    assert.match(stderr, /^error: nowhere is not a bundle/);
  }
});
