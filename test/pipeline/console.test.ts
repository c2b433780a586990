/** A signal ends a run as ever, and the terminal is left as it was found. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const WRAP_LINES = "\u001b[?7h";

/** Shows a bar on what passes for a terminal, and works on. */
const PROGRAM = `
import { createConsole } from "./pipeline/console.ts";
process.stderr.isTTY = true;
const bar = createConsole().bar("work", 10);
bar.update(3);
setInterval(() => {}, 1000);`;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} during a bar: the cursor comes back, and the signal ends the process`, async () => {
    const child = spawn(process.execPath, [
      "--import",
      "tsx",
      "--input-type=module",
      "-e",
      PROGRAM,
    ]);
    let shown = "";
    child.stderr.on("data", (chunk) => {
      shown += chunk;
      if (shown.includes("3/10")) child.kill(signal);
    });
    const end = await new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
    assert.equal(end, signal, shown);
    assert.ok(shown.lastIndexOf(SHOW_CURSOR) > shown.lastIndexOf(HIDE_CURSOR), shown);
    assert.ok(shown.includes(WRAP_LINES));
  });
}
