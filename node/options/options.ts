/**
 * A zod schema -> flags, environment variables, a config file's keys and the help text; all of them -> one checked
 * configuration. Flags win over the environment, which wins over the file.
 */

import { readFileSync } from "node:fs";
import type * as z from "zod";
import { whyUnread } from "../fileErrors.ts";
import { readEnvironment } from "./environment.ts";
import { readFlags } from "./flags.ts";
import { describeOptionIssue } from "./issues.ts";
import { OptionsError } from "./optionsError.ts";
import type { Program } from "./program.ts";
import { assign, camelCase, sectionsOf, settingsOf } from "./setting.ts";

export interface Options<Config> {
  /**
   * Reads the options. Prints help and exits on `--help`.
   *
   * @param argv Arguments after the program's name.
   * @param environment Read only if the program has a prefix.
   * @throws OptionsError with one line per issue: unknown keys and flags name the nearest valid one.
   */
  read(argv: readonly string[], environment?: Readonly<Record<string, string | undefined>>): Config;
  /**
   * Checks a configuration and fills in the defaults.
   *
   * @param where Named in errors, e.g. the file's path.
   * @throws OptionsError with one line per issue.
   */
  parse(value: unknown, where: string): Config;
  /** Like `parse`, but returns the issues instead of throwing. */
  check(value: unknown, where: string): CheckResult<Config>;
  /** "integer", "number", "string", "boolean", "array", or "section" of an option by its key; undefined for unknown ones. */
  kind(key: string): string | undefined;
}

/** `combination`: every option is valid by itself, but some do not go together. */
export type CheckResult<Config> =
  | { readonly config: Config }
  | { readonly issues: string; readonly combination: boolean };

export function createOptions<Schema extends z.ZodType>(
  program: Program<Schema>,
): Options<z.output<Schema>> {
  const settings = settingsOf(program.schema);

  function check(value: unknown, where: string): CheckResult<z.output<Schema>> {
    const result = program.schema.safeParse(value);
    if (result.success) return { config: result.data };
    const { issues } = result.error;
    return {
      issues: issues
        .flatMap((issue) =>
          describeOptionIssue(issue, value, settings).map((line) => `${where}: ${line}`),
        )
        .join("\n"),
      // The schema's own rules are about single options; ours, in refinements, are about several.
      combination: issues.every(({ code }) => code === "custom"),
    };
  }

  function parse(value: unknown, where: string): z.output<Schema> {
    const checked = check(value, where);
    if ("config" in checked) return checked.config;
    throw new OptionsError(checked.issues);
  }

  return {
    parse,
    check,
    kind(key) {
      if (sectionsOf(settings).includes(key)) return "section";
      return settings.find(({ path }) => path.join(".") === key)?.schema.type;
    },
    read(argv, environment = {}) {
      const { flags, given } = readFlags(program, settings, [
        ...(program.defaultFlags ?? []),
        ...argv,
      ]);
      const hasFile = program.example !== undefined && typeof flags.config === "string";
      const file = hasFile ? readConfigFile(flags.config as string, parse) : {};
      const merged = structuredClone(file);
      if (program.environmentPrefix !== undefined) {
        readEnvironment(program.environmentPrefix, settings, environment, merged);
      }
      for (const { path } of settings) {
        const name = camelCase(path);
        if (given(name)) assign(merged, path, flags[name]);
      }
      return parse(merged, "options");
    },
  };
}

function readConfigFile(
  path: string,
  check: (value: unknown, where: string) => unknown,
): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new OptionsError(`--config ${path} ${whyUnread(path, error)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new OptionsError(`--config ${path} is not JSON: ${(error as Error).message}`);
  }
  // Checked by itself first, so that its issues are named as the file's.
  check(json, path);
  return json as Record<string, unknown>;
}
