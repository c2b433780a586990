/** Finds a Chromium, or installs one. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/** Where macOS and Windows install them, outside PATH. */
const PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
/** The same engine without a window: a page takes three fifths of the processor time. */
const SHELLS = ["chromium-headless-shell", "chrome-headless-shell"];
/** Debian's package of it. */
const SHELL_PACKAGE = "chromium-headless-shell";

/** Nothing but the test may use the network, and pixels must not depend on a graphics driver. */
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * WebAssembly is compiled for speed only where it computes for long, which tests do not: compilers took a fifth of their
 * processor time.
 */
const SHORT = "--js-flags=--wasm-tiering-budget=300000000";

/** Starts Chromium's headless shell for tests, which measure no speed, or a Chromium where there is no shell. */
export async function launchForTests(flags: readonly string[] = []): Promise<Browser> {
  return launch(findAny() ?? install(SHELL_PACKAGE, findAny), [SHORT, ...flags]);
}

/**
 * Starts a headless Chromium.
 *
 * @param flags More command-line switches, e.g. for WebGPU.
 * @throws Error that says what to do if there is no Chromium and none can be installed.
 */
export async function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  return launch(findChromium() ?? install("chromium", findChromium), flags);
}

async function launch(executablePath: string, flags: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // Chromium's sandbox does not work as root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [...FLAGS, ...flags],
  });
}

/** @throws Error if $CHROMIUM names a file that does not exist. */
function findChromium(): string | undefined {
  return named() ?? onPath(NAMES) ?? [...PLACES, chromium.executablePath()].find(existsSync);
}

/** @returns undefined where $CHROMIUM asks for another one, too. */
function findShell(): string | undefined {
  return named() === undefined ? onPath(SHELLS) : undefined;
}

const findAny = () => findShell() ?? findChromium();

function named(): string | undefined {
  const path = process.env.CHROMIUM;
  if (path && !existsSync(path))
    throw new Error(`CHROMIUM is ${path}, but that file does not exist`);
  return path || undefined;
}

function onPath(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/** Installs the headless shell where that is possible: tests need it for nothing but speed. */
export function addShell(): void {
  if (named() === undefined && findShell() === undefined) apt(SHELL_PACKAGE);
}

/** @returns undefined once the package is installed, else why it is not. */
function apt(name: string): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    return "only root on Debian and Ubuntu may";
  // Another test file may be installing it at this moment.
  const options = ["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::http::Timeout=10"];
  const install = () =>
    run("apt-get", ...options, "install", "-y", "--no-install-recommends", name);
  if (install() === undefined) return undefined;
  run("apt-get", ...options, "update");
  return install();
}

/** @returns undefined once the command has succeeded, else why it has not. */
function run(command: string, ...args: string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return undefined;
  const reason = error?.message ?? /.*(?:error|failed|unable).*/i.exec(stderr)?.[0] ?? stderr;
  return reason.trim();
}

/** @param name Debian's package of what `find` finds. */
function install(name: string, find: () => string | undefined): string {
  const cli = join(createRequire(import.meta.url).resolve("playwright-core"), "../cli.js");
  const attempts: string[] = [];
  for (const [command, attempt] of [
    [`apt-get install ${name}`, () => apt(name)],
    [`${cli} install chromium`, () => run(process.execPath, cli, "install", "chromium")],
  ] as const) {
    const failure = attempt();
    const path = find();
    if (path) return path;
    attempts.push(`${command}: ${failure}`);
  }
  throw new Error(
    [
      "There is no Chromium for the browser tests, and none could be installed:",
      ...attempts.map((line) => `  ${line}`),
      "Install Chromium or Chrome, or name its executable in the environment variable CHROMIUM.",
    ].join("\n"),
  );
}
