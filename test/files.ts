/**
 * What `npm test` runs, for Node's test runner: prints files, one a line.
 *
 * The runner starts a process for each file, and most of a small file's processor time goes into loading the program
 * anew. So those that change nothing of their process share one with others of their folder, each a suite of its own.
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { glob } from "tinyglobby";

/** Signs of a file that needs a process of its own: it starts others or browsers, or changes what all tests share. */
const APART =
  /node:child_process|process\.(chdir|env|exitCode|on)\b|\bmock\b|globalThis|\/(tinyRun|harness)\b|setBackend/;
/** Those of this folder start browsers, by helpers of helpers. */
const BROWSERS = "test/browser/";
/** What takes longest starts first, so that no process is left alone at the end. */
const LONGEST = [/pipeline\/(run|folds|sweep)\//, /browser\//, /docs|tools\//, /serve\//];
/** Files in one process: few enough that it ends as soon as the longest of the others. */
const TOGETHER = 12;
const FOLDER = resolve(".cache/tests");

/** The upper two folders below `test/`, e.g. `pipeline-dataset`. */
function roomOf(file: string): string {
  return file.split("/").slice(1, -1).slice(0, 2).join("-");
}

function rank(file: string): number {
  const place = LONGEST.findIndex((pattern) => pattern.test(file));
  return place < 0 ? LONGEST.length : place;
}

/** @returns The path of a file that runs the others, one after another. */
async function writeSuites(name: string, files: readonly string[]): Promise<string> {
  const suites = files.map((file) => {
    const url = pathToFileURL(resolve(file)).href;
    // A suite keeps a file's hooks to its own tests.
    return `await describe(${JSON.stringify(file)}, () => import(${JSON.stringify(url)}));\n`;
  });
  const path = join(FOLDER, `${name}.test.mjs`);
  await writeFile(path, `import { describe } from "node:test";\n${suites.join("")}`);
  return path;
}

const files = (await glob("test/**/*.test.ts")).sort();
const apart: string[] = [];
const rooms = new Map<string, string[]>();
for (const file of files) {
  const room = roomOf(file);
  const isApart = file.startsWith(BROWSERS) || APART.test(await readFile(file, "utf8"));
  if (isApart) apart.push(file);
  else rooms.set(room, [...(rooms.get(room) ?? []), file]);
}
await mkdir(FOLDER, { recursive: true });
const together: string[] = [];
for (const [room, all] of rooms) {
  for (let i = 0; i < all.length; i += TOGETHER) {
    const part = all.slice(i, i + TOGETHER);
    if (part.length === 1) apart.push(...part);
    else together.push(await writeSuites(`${room}-${i / TOGETHER + 1}`, part));
  }
}
apart.sort((a, b) => rank(a) - rank(b));
const first = apart.filter((file) => rank(file) < LONGEST.length);
console.log([...first, ...together, ...apart.slice(first.length)].join("\n"));
