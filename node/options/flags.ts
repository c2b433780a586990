/** Flags: how options look on the command line and in the help text, and how they are read from there. */

import { Command, type Help, Option } from "commander";
import type * as z from "zod";
import { variableOf } from "./environment.ts";
import { OptionsError } from "./optionsError.ts";
import type { Program } from "./program.ts";
import { flagOf, type JsonSchema, type Setting } from "./setting.ts";
import { suggestFlags } from "./suggest.ts";
import { parseValue } from "./value.ts";

/** npm keeps options for itself that stand before a "--", and hands on their values alone. */
const EXCESS =
  " Values follow their option, as in --name value; with npm run, options come after --.";

export interface Flags {
  /** Values under the names that `camelCase` makes; `config` where the program has it. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Whether the flag of that name was given, even with its default value. */
  readonly given: (name: string) => boolean;
}

/**
 * Reads the command line. Prints help and exits on `--help`.
 *
 * @throws OptionsError on unknown flags, naming the nearest valid ones, and on values of the wrong kind.
 */
export function readFlags(
  program: Program<z.ZodType>,
  settings: readonly Setting[],
  argv: readonly string[],
): Flags {
  const command = new Command(program.name)
    .description(program.description)
    .allowExcessArguments(false)
    // Commander suggests visible flags only; `suggestFlags` also knows hidden ones and names without their section.
    .showSuggestionAfterError(false)
    .configureHelp({ helpWidth: helpWidth(), formatItem })
    // By default, commander prints errors and ends the process.
    .configureOutput({ outputError: () => {} })
    .exitOverride(({ exitCode, code, message }) => {
      if (exitCode === 0) process.exit();
      const unknown = code === "commander.unknownOption" && /'(--.*)'$/.exec(message)?.[1];
      throw new OptionsError(
        message.replace(/^error: /, "") +
          (unknown ? suggestFlags(unknown, settings, program.example !== undefined) : "") +
          (code === "commander.excessArguments" ? EXCESS : ""),
      );
    });
  if (program.example !== undefined) {
    command.option("--config <file>", `JSON file with options, e.g. ${program.example}`);
  }
  if (program.environmentPrefix !== undefined) {
    const variable = variableOf(program.environmentPrefix, settings.at(-1)!.path);
    const inFile =
      program.example === undefined
        ? ".\nFlags win over the environment."
        : ", or in the --config file.\nFlags win over the environment, which wins over the file.";
    command.addHelpText(
      "after",
      `\nEvery option can also be set by an environment variable, e.g. ${variable}${inFile}`,
    );
  }
  for (const { path, schema } of settings) {
    for (const option of optionsOf(path, schema)) {
      command.addOption(path.length > 1 ? option.helpGroup(`${heading(path[0]!)}:`) : option);
    }
  }
  if (program.argument !== undefined) command.argument(`[${program.argument}]`);
  command.parse([...argv], { from: "user" });
  if (program.argument !== undefined && command.args.length > 0) {
    command.setOptionValueWithSource(program.argument, command.args[0], "cli");
  }
  return {
    flags: command.opts<Record<string, unknown>>(),
    given: (name) => command.getOptionValueSource(name) === "cli",
  };
}

/** `Options of "title"` */
function heading(section: string): string {
  return `Options of "${section}"`;
}

/** Wider lines are hard to read; narrower ones than this cannot hold a flag. */
const WIDEST = 110;
const NARROWEST = 40;
/** Flags that are longer stand on a line of their own. */
const TERM_WIDTH = 30;

function helpWidth(): number {
  return Math.max(NARROWEST, Math.min(WIDEST, process.stdout.columns ?? WIDEST));
}

/** A flag and what it does: beside it, or below it where the flag is long. */
function formatItem(term: string, _width: number, description: string, helper: Help): string {
  const indent = " ".repeat(TERM_WIDTH + 4);
  const text = helper.boxWrap(description, (helper.helpWidth ?? WIDEST) - indent.length);
  const lines = text.split("\n").map((line) => `${indent}${line}`);
  if (term.length > TERM_WIDTH) return [`  ${term}`, ...lines].join("\n");
  return [
    `  ${term.padEnd(indent.length - 2)}${lines[0]!.slice(indent.length)}`,
    ...lines.slice(1),
  ].join("\n");
}

function optionsOf(path: readonly string[], schema: JsonSchema): Option[] {
  const flag = flagOf(path);
  const description = schema.description ?? "";
  if (schema.type === "boolean") {
    const on = new Option(flag, description).default(schema.default);
    const off = new Option(
      flag.replace("--", "--no-"),
      `disable: ${description}${schema.default === true ? " (default: on)" : ""}`,
    );
    // Help shows the form that changes the default; the other one overrules a config file.
    return [on.hideHelp(schema.default === true), off.hideHelp(schema.default !== true)];
  }
  const value = schema.enum
    ? schema.enum.join("|")
    : (schema.items?.type ?? schema.type ?? "value");
  const option = new Option(
    `${flag} <${schema.type === "array" ? `${value},...` : value}>`,
    description,
  );
  if (schema.default !== undefined) option.default(schema.default, defaultText(schema.default));
  return [option.argParser((text) => parseValue(text, schema))];
}

function defaultText(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}
