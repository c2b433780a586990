/** What users start by `npm run` ends when npm is told to end. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { without } from "../needs/needs.ts";
import { listening } from "./listening.ts";

test("SIGTERM to npm stops what npm run serve started, and the port is free", {
  skip: without("posix"),
}, async (t) => {
  const options = ["--model", "models/ml1m", "--port", "0", "--provider", "cpu"];
  const npm = spawn("npm", ["run", "serve", "--", ...options, "--drain-seconds", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
    // A process group of its own: what outlives npm can be ended, too.
    detached: true,
  });
  t.after(() => {
    try {
      process.kill(-npm.pid!, "SIGKILL");
    } catch {
      // Nothing is left of it.
    }
  });
  const url = await listening(npm);
  assert.equal((await fetch(`${url}/livez`)).status, 200);
  let output = "";
  npm.stdout.on("data", (data) => {
    output += data;
  });
  const ended = once(npm, "exit");
  process.kill(npm.pid!, "SIGTERM");
  assert.deepEqual(await ended, [0, null]);
  assert.match(output, /"msg":"shutting down"[\s\S]*"msg":"stopped"/);
  await assert.rejects(fetch(`${url}/livez`));
});

test("every command replaces npm's shell, which would keep signals to itself", async () => {
  const { scripts } = JSON.parse(await readFile("package.json", "utf8")) as {
    scripts: Record<string, string>;
  };
  const programs = Object.entries(scripts).filter(([, script]) => /\.ts$/.test(script));
  assert.ok(programs.length > 8);
  for (const [name, script] of programs) assert.match(script, /^exec node --import tsx /, name);
});

test("installing sends no telemetry: npm runs no install script, and the known tracker is not installed", async () => {
  assert.match(await readFile(".npmrc", "utf8"), /^ignore-scripts=true$/m);
  assert.doesNotMatch(await readFile("package-lock.json", "utf8"), /@scarf\/scarf/);
});
