/**
 * What `npm test` runs, for Node's test runner: prints options for V8 and files, one a line.
 *
 * The runner starts a process for each file, and most of a small file's processor time goes into loading the program
 * anew. So those that change nothing of their process share one with others of their folder, each a suite of its own.
 */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { glob } from "tinyglobby";
import { addShell } from "./browser/harness/chromium.ts";
import { buildTests } from "./builtTests.ts";
import { TEST_FLAGS } from "./v8Flags.ts";

/** Signs of a file that needs a process of its own: it changes what all tests of a process share, or starts a browser. */
const APART = [
  /process\.(chdir|exitCode|on)\b|process\.env\.\w+ = |\((process\.env|globalThis),/,
  /\bmock\b|globalThis\.\w+ = |setBackend|\/harness\//,
];
/** Those that start browsers, by helpers of helpers. */
const BROWSERS = /^test\/browser\//;
/** Those that train again and again, or build the program. */
const LONG = [
  /^test\/(tutorials|pipeline\/run)\//,
  /^test\/pipeline\/(sweep\/(described|kill)|jobs\/crossValidate|export\/(random|runtimes))\./,
  /^test\/tools\/(build|package)\./,
];
/** Signs of a file that takes as long as several others: it starts processes, or servers. */
const SIZES = [
  [/node:child_process|\/tinyRun\b/, 3],
  [/\/server\.ts"/, 2],
] as const;
/** The most in one process: few enough that it ends as soon as the longest of the others. */
const TOGETHER = 20;
const FOLDER = resolve(".cache/tests");

/** The folder right below `test/`, whose files load much the same. */
function roomOf(file: string): string {
  return file.split("/").slice(1, -1)[0] ?? "root";
}

const BUILT = resolve(await buildTests());

function builtOf(file: string): string {
  return join(BUILT, file.replace(/\.ts$/, ".js"));
}

/** A process of tests. */
interface Program {
  readonly name: string;
  readonly source: string;
}

/** Runs a file in a process of its own. */
function alone(file: string): Program {
  const url = pathToFileURL(builtOf(file)).href;
  const name = file.replace(/^test\/|\.test\.ts$/g, "").replaceAll("/", "-");
  return { name, source: `import ${JSON.stringify(url)};\n` };
}

/** Runs files one after another. */
function suites(name: string, files: readonly string[]): Program {
  const parts = files.map((file) => {
    const url = pathToFileURL(builtOf(file)).href;
    // A suite keeps a file's hooks to its own tests.
    return `await describe(${JSON.stringify(file)}, () => import(${JSON.stringify(url)}));\n`;
  });
  return { name, source: `import { describe } from "node:test";\n${parts.join("")}` };
}

/**
 * Browsers wait more than they compute, and are slow beside others: they are spread among programs that compute, which
 * start with those that take longest.
 */
function inTurns(browsers: readonly Program[], others: readonly Program[]): Program[] {
  const each = Math.floor(others.length / Math.max(1, browsers.length));
  const first = browsers.flatMap((browser, i) => [
    browser,
    ...others.slice(i * each, (i + 1) * each),
  ]);
  return [...first, ...others.slice(browsers.length * each)];
}

interface TestFile {
  readonly path: string;
  /** In files that start nothing. */
  readonly size: number;
}

/** As few groups as hold them all, each of about the same size, in order. */
function groupsOf(files: readonly TestFile[]): string[][] {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const each = total / Math.ceil(total / TOGETHER);
  const groups: string[][] = [];
  let before = 0;
  for (const { path, size } of files) {
    const place = Math.floor(before / each);
    groups[place] = [...(groups[place] ?? []), path];
    before += size;
  }
  return groups.filter((group) => group !== undefined);
}

const browsers: string[] = [];
const long: string[] = [];
const apart: string[] = [];
const rooms = new Map<string, TestFile[]>();
for (const path of (await glob("test/**/*.test.ts")).sort()) {
  const text = await readFile(path, "utf8");
  if (BROWSERS.test(path)) browsers.push(path);
  else if (LONG.some((name) => name.test(path))) long.push(path);
  else if (APART.some((sign) => sign.test(text))) apart.push(path);
  else {
    const [, size = 1] = SIZES.find(([sign]) => sign.test(text)) ?? [];
    const file = { path, size };
    rooms.set(roomOf(path), [...(rooms.get(roomOf(path)) ?? []), file]);
  }
}
const together = [...rooms].flatMap(([room, files]) =>
  groupsOf(files).map((group, i) => suites(`${room}-${i + 1}`, group)),
);
const programs = inTurns(browsers.map(alone), [...[...long, ...apart].map(alone), ...together]);
// What is left of files that are gone or elsewhere by now.
await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
if (browsers.length > 0) addShell();
console.log(TEST_FLAGS.join("\n"));
for (const [i, { name, source }] of programs.entries()) {
  // Node's runner starts files in the order of their paths.
  const path = join(FOLDER, `${String(i + 1).padStart(3, "0")}-${name}.test.mjs`);
  await writeFile(path, source);
  console.log(path);
}
