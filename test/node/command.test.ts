/** Every command of package.json: help without side effects, and how wrong options and failures are told. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import packageJson from "../../package.json" with { type: "json" };
import { startOf } from "../builtProgram.ts";

/** Scripts that start a program of ours, with its file. */
const COMMANDS = Object.entries(packageJson.scripts).flatMap(([name, script]) => {
  const [, file] = /(?:tsx|node)\b.*?\s([\w/]+\.ts)$/.exec(script) ?? [];
  return file === undefined || name.startsWith("test") ? [] : [{ name, file }];
});

/** The absolute form of an argument of Node: commands run in a folder of their own. */
function absolute(argument: string): string {
  if (argument === "tsx") return import.meta.resolve(argument);
  return argument.startsWith("-") ? argument : resolve(argument);
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the command left in its working directory. */
  readonly files: string[];
}

async function run(file: string, args: readonly string[], env = {}): Promise<Outcome> {
  const cwd = await mkdtemp(join(tmpdir(), "marquee-command-"));
  const argv = [...startOf(file).map(absolute), ...args];
  const options = { cwd, timeout: 60_000, env: { ...process.env, DEBUG: "", ...env } };
  try {
    return await new Promise((done, fail) => {
      execFile(process.execPath, argv, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code !== "number") fail(error);
        else readdir(cwd).then((files) => done({ code, stdout, stderr, files }), fail);
      });
    });
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

test("package.json has the commands that the README names", () => {
  const names = COMMANDS.map(({ name }) => name);
  for (const name of ["pipeline", "predict", "serve", "convert", "sweep", "doctor", "pretrained"]) {
    assert.ok(names.includes(name), `${name} is not among ${names}`);
  }
  assert.ok(names.length >= 12, names.join());
});

describe("every command", { concurrency: 2 }, () => {
  for (const { name, file } of COMMANDS) {
    test(`${name} --help prints help of its own, and does nothing else`, async () => {
      const { code, stdout, stderr, files } = await run(file, ["--help"]);
      assert.equal(code, 0, stderr);
      // The converter is a package, whose users have its command by another name.
      const shown = name === "convert" ? "tfjs-to-onnx" : name;
      assert.match(stdout, new RegExp(`^Usage: (npm run )?${shown}\\b`));
      assert.match(stdout, /-h, --help/);
      assert.equal(stderr, "");
      assert.deepEqual(files, []);
    });
  }

  // The parser of all, and the converter's own.
  for (const name of ["pipeline", "convert"]) {
    test(`${name} refuses an unknown option in one sentence`, async () => {
      const { file } = COMMANDS.find((command) => command.name === name)!;
      const { code, stdout, stderr, files } = await run(file, ["--no-such-option"]);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, /^error: unknown option '--no-such-option'/);
      assert.doesNotMatch(stderr, /\n\s+at /);
      assert.deepEqual(files, []);
    });
  }
});

test("wrong options and input end with 2, other failures with 1; DEBUG=1 adds the stack", async () => {
  const sweep = "pipeline/sweep/main.ts";
  const wrong = await run(sweep, ["--config", "nowhere.json", "--extend", "--restart"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^error: options: extend cannot be combined with restart/);

  const failed = await run(sweep, ["--config", "nowhere.json"]);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /^error: .*nowhere\.json/);

  const debugged = await run(sweep, ["--config", "nowhere.json"], { DEBUG: "1" });
  assert.equal(debugged.code, 1);
  assert.match(debugged.stderr, /nowhere\.json[\s\S]*\n\s+at .*sweep/);
});
