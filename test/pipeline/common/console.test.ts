/** A signal ends a run as usual, and the terminal is restored. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { PassThrough } from "node:stream";
import { mock, test } from "node:test";
import { createConsole } from "../../../pipeline/common/console.ts";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const WRAP_LINES = "\u001b[?7h";

/** Shows a progress bar on a simulated terminal and keeps running. */
const PROGRAM = `
import { createConsole } from "./pipeline/common/console.ts";
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

test("without a terminal, the time left is printed once the first item is done", () => {
  const stream = new PassThrough({ encoding: "utf8" });
  let now = 0;
  const clock = mock.method(performance, "now", () => now);
  try {
    const bar = createConsole(stream as unknown as NodeJS.WriteStream).bar("trials", 4);
    now = 20_000;
    bar.update(0, "first");
    now = 40_000;
    bar.update(1, "second");
  } finally {
    clock.mock.restore();
  }
  assert.equal(stream.read(), "  trials 0/4  first\n  trials 1/4  second  time left 120 s\n");
});

test("without a terminal, a table's rows are printed every minute, whether something ends or not", () => {
  const stream = new PassThrough({ encoding: "utf8" });
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    const table = createConsole(stream as unknown as NodeJS.WriteStream).table("folds", 5);
    table.row("a", "fold 1/5  poster 3/20");
    table.row("b", "fold 2/5  poster 2/20");
    mock.timers.tick(60_000);
    table.row("b", undefined);
    table.update(1);
    mock.timers.tick(60_000);
    table.stop();
    mock.timers.tick(600_000);
  } finally {
    mock.timers.reset();
  }
  const lines = String(stream.read()).split("\n");
  assert.match(lines[0]!, /^ {2}folds 0\/5 after \d+ min$/);
  assert.deepEqual(lines.slice(1, 3), ["    fold 1/5  poster 3/20", "    fold 2/5  poster 2/20"]);
  assert.match(lines[3]!, /^ {2}folds 1\/5 after/);
  assert.deepEqual(lines.slice(4), ["    fold 1/5  poster 3/20", ""]);
});

test("a table shows a row per job on a terminal, and lines above it", () => {
  const stream = new PassThrough({ encoding: "utf8" });
  const terminal = Object.assign(stream, { isTTY: true, columns: 120, rows: 40 });
  const table = createConsole(terminal as unknown as NodeJS.WriteStream).table("trials", 3);
  table.row("a", "fold 1/2  worker-1  poster 2/8");
  table.row("b", "fold 2/2  worker-2  poster 1/8");
  table.row("a", "fold 1/2  worker-1  poster 3/8");
  table.row("b", undefined);
  table.update(1);
  table.log("trial 1 done");
  table.stop();
  const shown = String(stream.read());
  assert.match(shown, /trials .*1\/3/);
  assert.match(shown, /fold 1\/2 {2}worker-1 {2}poster 3\/8/);
  assert.match(shown, /trial 1 done/);
  assert.match(shown, /trials .*0\/3 {2}time left unknown/);
  assert.ok(shown.lastIndexOf(SHOW_CURSOR) > shown.lastIndexOf(HIDE_CURSOR));
});

test("a table's lines fit a narrow terminal", () => {
  const stream = new PassThrough({ encoding: "utf8" });
  const columns = 70;
  const terminal = Object.assign(stream, { isTTY: true, columns, rows: 40 });
  const table = createConsole(terminal as unknown as NodeJS.WriteStream).table("trials", 3);
  const long = "trial 1, fold 1/2  worker-1  ".repeat(5);
  table.row("a", long);
  table.update(1, long);
  table.log("");
  table.stop();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor has no width
  const lines = String(stream.read()).split(/(?:\u001b\[[\d;?]*[A-Za-z]|[\r\n])+/);
  assert.ok(lines.some((line) => line.includes("trial 1, fold 1/2")));
  for (const line of lines) assert.ok(line.length < columns, line);
});
