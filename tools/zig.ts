/** Zig as the C compiler of WebAssembly modules: its version is fixed, so that a source always gives the same bytes. */

import { spawnSync } from "node:child_process";
import * as z from "zod";

export const ZIG = "0.17.1";

/** The option of programs that compile. */
export const zigOption = z.string().min(1).default("zig").describe(`command that runs Zig ${ZIG}`);

/**
 * @param zig The command with its first arguments, separated by spaces.
 * @returns Runs it with further arguments, and gives what it prints; throws Error with its messages if it fails.
 * @throws Error if it is of another version.
 */
export function openZig(zig: string): (...args: string[]) => string {
  const [command, ...first] = zig.split(" ") as [string, ...string[]];
  const run = (...args: string[]) => {
    const { status, stdout, stderr, error } = spawnSync(command, [...first, ...args], {
      encoding: "utf8",
    });
    if (status !== 0) throw error ?? new Error(`${zig} ${args.join(" ")}:\n${stderr}`);
    return stdout.trim();
  };
  const version = run("version");
  if (version !== ZIG) throw new Error(`${zig} is Zig ${version}; ${ZIG} is needed`);
  return run;
}
