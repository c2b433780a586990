/**
 * What `npm run setup:tensorflow` and `npm run setup:cuda` have made for this machine. It lies in a folder of its own beside
 * node_modules, which `npm ci` would empty.
 */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** In the checkout's folder, with one folder for each part. */
export const NATIVE_FOLDER = ".native";
/** Written last, so that a folder that has it is whole. */
export const NATIVE_RECORD = "setup.json";

export type NativePart = "tensorflow" | "tensorflow-gpu" | "cuda";

export interface Native {
  readonly folder: string;
  /** Versions of what is in it, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** @returns The part as it was set up for this program: in its folder, or above it, where a build lies in a checkout. */
export function findNative(part: NativePart): Native | undefined {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const folder = join(at, NATIVE_FOLDER, part);
    try {
      const record = JSON.parse(readFileSync(join(folder, NATIVE_RECORD), "utf8")) as {
        versions: Record<string, string>;
      };
      return { folder, versions: record.versions };
    } catch {
      // Not here, or not to its end: look above.
    }
    if (at === dirname(at)) return undefined;
  }
}
