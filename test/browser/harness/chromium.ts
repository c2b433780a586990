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

/** Starts a headless Chromium for tests, which measure no speed; see `launchChromium`. */
export async function launchForTests(flags: readonly string[] = []): Promise<Browser> {
  return launchChromium([SHORT, ...flags]);
}

/**
 * Starts a headless Chromium.
 *
 * @param flags More command-line switches, e.g. for WebGPU.
 * @throws Error that says what to do if there is no Chromium and none can be installed.
 */
export async function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium() ?? installChromium(),
    // Chromium's sandbox does not work as root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [...FLAGS, ...flags],
  });
}

/** @throws Error if $CHROMIUM names a file that does not exist. */
function findChromium(): string | undefined {
  const named = process.env.CHROMIUM;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM is ${named}, but that file does not exist`);
  }
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = [
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...PLACES,
    chromium.executablePath(),
  ];
  return candidates.find((path) => existsSync(path));
}

function installChromium(): string {
  const attempts: string[] = [];
  const attempt = (command: string, ...args: string[]): string | undefined => {
    const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
    if (status === 0) return findChromium();
    const reason = error?.message ?? /.*(?:error|failed|unable).*/i.exec(stderr)?.[0] ?? stderr;
    attempts.push(`${command} ${args.join(" ")}: ${reason.trim()}`);
    return undefined;
  };
  // Another test file may be installing it at this moment.
  const wait = ["-o", "DPkg::Lock::Timeout=300"];
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    attempt("apt-get", ...wait, "update");
    const path = attempt("apt-get", ...wait, "install", "-y", "chromium");
    if (path) return path;
  }
  const cli = join(createRequire(import.meta.url).resolve("playwright-core"), "../cli.js");
  const path = attempt(process.execPath, cli, "install", "chromium");
  if (path) return path;
  throw new Error(
    [
      "There is no Chromium for the browser tests, and none could be installed:",
      ...attempts.map((line) => `  ${line}`),
      "Install Chromium or Chrome, or name its executable in the environment variable CHROMIUM.",
    ].join("\n"),
  );
}
