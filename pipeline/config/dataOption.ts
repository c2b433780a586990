/** Finds `--data` before the other options are read: the data set decides which they are. */

import { readFileSync } from "node:fs";

/**
 * @param argv The command line; what is wrong with it is left to the reader of all options.
 * @returns The option's value, from the command line or else from the config file; undefined if neither has it.
 */
export function dataOption(argv: readonly string[]): string | undefined {
  const data = flagValue(argv, "--data");
  if (data !== undefined) return data;
  const config = flagValue(argv, "--config");
  if (config === undefined) return undefined;
  try {
    const { data: named } = JSON.parse(readFileSync(config, "utf8")) as { data?: unknown };
    return typeof named === "string" ? named : undefined;
  } catch {
    return undefined;
  }
}

/** The last value wins, as in the reader of all options. */
function flagValue(argv: readonly string[], flag: string): string | undefined {
  const at = argv.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (at < 0) return undefined;
  return argv[at] === flag ? argv[at + 1] : argv[at]!.slice(flag.length + 1);
}
