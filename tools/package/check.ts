/** Does a hand-in work for whoever gets it? Unpacks it where nothing else is, and runs its commands. */

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sha256 } from "../../node/files.ts";
import { unpack } from "./archive.ts";
import { parseSums, SUMS_FILE } from "./contents.ts";
import type { Form } from "./form.ts";

/**
 * Compares every file with its checksum and runs the commands, whose output goes to the terminal.
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
  for (const command of commands) {
    say(`$ ${command}`);
    const started = performance.now();
    const code = await run(command, home);
    const seconds = Math.round((performance.now() - started) / 1000);
    if (code !== 0) {
      throw new Error(`"${command}" ended with exit code ${code} after ${seconds} s, in ${home}`);
    }
    say(`${command}: passed in ${seconds} s`);
  }
  await rm(root, { recursive: true, force: true });
}

function run(command: string, cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    // What npm sets for this command must not reach the one in the archive.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name)),
    );
    const child = spawn(command, { cwd, env, shell: true, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}
