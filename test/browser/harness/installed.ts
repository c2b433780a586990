/** Where Firefox and WebKit are installed, and how they are started. */

import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

const inPath = (...names: string[]) =>
  names
    .flatMap((name) =>
      (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)),
    )
    .find((path) => existsSync(path));

/** @returns Program and arguments, with `{profile}` for the profile's folder; undefined if it is not installed. */
export function findFirefox(): readonly string[] | undefined {
  const path = process.env.FIREFOX ?? inPath("firefox-esr", "firefox");
  return path === undefined
    ? undefined
    : [path, "--headless", "--no-remote", "--profile", "{profile}"];
}

/** @returns As of Firefox; undefined also without a display. */
export function findWebKit(): readonly string[] | undefined {
  const display = process.env.DISPLAY ? [] : [inPath("xvfb-run"), "-a"];
  if (display[0] === undefined && display.length > 0) return undefined;
  for (const root of ["/usr/lib", "/usr/libexec"]) {
    for (const at of existsSync(root) ? readdirSync(root) : []) {
      for (const folder of [at, join(at, "webkit2gtk-4.1"), join(at, "webkitgtk-6.0")]) {
        const path = join(root, folder, "MiniBrowser");
        if (existsSync(path)) return [...(display as string[]), path];
      }
    }
  }
  return undefined;
}
