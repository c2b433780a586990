/** Does a hand-in work for whoever gets it? Unpacks it where nothing else is, and runs its commands. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sha256 } from "../../node/files.ts";
import { unpack } from "./archive.ts";
import { parseSums, SUMS_FILE } from "./contents.ts";
import type { Form } from "./form.ts";

/** What installs packages, in front of a command. */
const INSTALL = /^npm ci && /;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Compares every file with its checksum and runs the commands, whose output goes to the terminal. A signal ends them, and
 * the process when the folder is removed.
 *
 * @param say Gets a line before and after each command.
 * @throws Error naming the file that differs or the command that failed; the folder then stays.
 */
export async function checkArchive(
  archive: Buffer,
  { folder, commands }: Form,
  say: (line: string) => void,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "marquee-hand-in-"));
  const home = join(root, folder);
  const files = await unpack(archive);
  for (const [path, { content, isExecutable }] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content, { mode: isExecutable ? 0o755 : 0o644 });
  }
  const sums = parseSums(Buffer.from(files.get(`${folder}/${SUMS_FILE}`)!.content).toString());
  for (const [path, expected] of sums) {
    const file = files.get(`${folder}/${path}`);
    if (!file || sha256(file.content) !== expected) {
      throw new Error(`internal: ${path} of the archive is not what ${SUMS_FILE} says`);
    }
  }
  say(`Unpacked ${files.size} files to ${home}; all have their checksums`);
  let stopped: NodeJS.Signals | undefined;
  let child: ChildProcess | undefined;
  const stop = (signal: NodeJS.Signals) => {
    // The second time it does not ask.
    signalGroup(child, stopped === undefined ? signal : "SIGKILL");
    stopped ??= signal;
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    let installed = false;
    for (const command of commands) {
      const rest = installed ? command.replace(INSTALL, "") : command;
      const skipped = rest === command ? "" : " (npm ci is not repeated: it has just passed here)";
      say(`$ ${rest}${skipped}`);
      const started = performance.now();
      const code = await run(rest, home, (process) => {
        child = process;
      });
      if (stopped !== undefined) break;
      const seconds = Math.round((performance.now() - started) / 1000);
      if (code !== 0) {
        throw new Error(`"${rest}" ended with exit code ${code} after ${seconds} s, in ${home}`);
      }
      say(`${rest}: passed in ${seconds} s${skipped}`);
      installed ||= INSTALL.test(command);
    }
    await rm(root, { recursive: true, force: true });
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
  if (stopped !== undefined) process.kill(process.pid, stopped);
}

/** To the command and all that it has started. */
function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, signal);
}

function run(
  command: string,
  cwd: string,
  onStart: (child: ChildProcess) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    // What npm sets for this command must not reach the one in the archive.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name)),
    );
    // A group of its own: a signal reaches all of it once, whether a terminal sends it or another process.
    const child = spawn(command, { cwd, env, shell: true, stdio: "inherit", detached: true });
    onStart(child);
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}
