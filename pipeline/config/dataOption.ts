/** Finds `--data` before the other options are read: the data set decides which they are. */

import { readFileSync } from "node:fs";
import { flagValue } from "../../node/options/flagValue.ts";

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
