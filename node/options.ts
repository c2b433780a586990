/**
 * A zod schema -> flags, environment variables, a config file's keys and the help text; all of them -> one checked
 * configuration. Flags win over the environment, which wins over the file.
 */

import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { distance } from "fastest-levenshtein";
import { z } from "zod";

export interface Program<Schema extends z.ZodType> {
  /** As users call it, e.g. `npm run pipeline --`. */
  readonly name: string;
  readonly description: string;
  /** An object of options with defaults, possibly in sections. */
  readonly schema: Schema;
  /** Shown in the help of `--config`. */
  readonly example: string;
  /** Environment variables with this prefix are read, too: `MARQUEE_` and `maxBatch` make MARQUEE_MAX_BATCH. */
  readonly environmentPrefix?: string;
}

export interface Options<Config> {
  /**
   * Reads the options. Prints help and exits on `--help`.
   *
   * @param argv Arguments after the program's name.
   * @param environment Read only if the program has a prefix.
   * @throws Error with one line per fault: unknown keys and flags name the nearest valid one.
   */
  read(argv: readonly string[], environment?: Readonly<Record<string, string | undefined>>): Config;
  /**
   * Checks a configuration and fills in the defaults.
   *
   * @param where Named in errors, e.g. the file's path.
   * @throws Error with one line per fault.
   */
  parse(value: unknown, where: string): Config;
  /** As `parse`, for callers that have a use for faults. */
  check(value: unknown, where: string): Checked<Config>;
  /** "integer", "number", "string", "boolean", "array", or "section" of an option by its key; undefined for unknown ones. */
  kind(key: string): string | undefined;
}

/** `combination`: every option is valid by itself, but some do not go together. */
export type Checked<Config> =
  | { readonly config: Config }
  | { readonly faults: string; readonly combination: boolean };

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
}

/** One option: where it stands in the configuration and how it looks as a flag. */
interface Setting {
  readonly path: readonly string[];
  readonly schema: JsonSchema;
}

/** `{ train: { batchSize } }` is `--train-batch-size` on the command line. */
function flagOf(path: readonly string[]): string {
  return `--${kebab(path.join("-"))}`;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function settingsOf(schema: JsonSchema, path: readonly string[] = []): Setting[] {
  if (!schema.properties) return [{ path, schema }];
  return Object.entries(schema.properties).flatMap(([key, child]) =>
    settingsOf(child, [...path, key]),
  );
}

/** Most names offered for one that is unknown. */
const SUGGESTIONS = 3;

export function createOptions<Schema extends z.ZodType>(
  program: Program<Schema>,
): Options<z.output<Schema>> {
  const settings = settingsOf(z.toJSONSchema(program.schema, { io: "input" }) as JsonSchema);

  function check(value: unknown, where: string): Checked<z.output<Schema>> {
    const result = program.schema.safeParse(value);
    if (result.success) return { config: result.data };
    const { issues } = result.error;
    return {
      faults: issues
        .flatMap((issue) => describe(issue, value, settings).map((line) => `${where}: ${line}`))
        .join("\n"),
      // The schema's own rules are about single options; ours, in refinements, are about several.
      combination: issues.every(({ code }) => code === "custom"),
    };
  }

  function parse(value: unknown, where: string): z.output<Schema> {
    const checked = check(value, where);
    if ("config" in checked) return checked.config;
    throw new Error(checked.faults);
  }

  return {
    parse,
    check,
    kind(key) {
      if (sectionsOf(settings).includes(key)) return "section";
      return settings.find(({ path }) => path.join(".") === key)?.schema.type;
    },
    read(argv, environment = {}) {
      const { flags, given } = readFlags(program, settings, argv);
      const file = typeof flags.config === "string" ? readConfigFile(flags.config, parse) : {};
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

function readFlags(
  program: Program<z.ZodType>,
  settings: readonly Setting[],
  argv: readonly string[],
): { flags: Record<string, unknown>; given: (name: string) => boolean } {
  const command = new Command(program.name)
    .description(program.description)
    .option("--config <file>", `JSON file with options, e.g. ${program.example}`)
    .allowExcessArguments(false)
    // Its own looks at visible flags only, and not at their last words.
    .showSuggestionAfterError(false)
    .configureHelp({ helpWidth: 110 })
    // Left alone, commander prints a fault and ends the process.
    .configureOutput({ outputError: () => {} })
    .exitOverride(({ exitCode, code, message }) => {
      if (exitCode === 0) process.exit();
      const unknown = code === "commander.unknownOption" && /'(--.*)'$/.exec(message)?.[1];
      throw new Error(
        message.replace(/^error: /, "") + (unknown ? suggestFlags(unknown, settings) : ""),
      );
    });
  if (program.environmentPrefix !== undefined) {
    const variable = variableOf(program.environmentPrefix, settings.at(-1)!.path);
    command.addHelpText(
      "after",
      `\nEvery option can also stand in the environment, e.g. ${variable}, or in the file of --config.\nFlags win over the environment, which wins over the file.`,
    );
  }
  for (const { path, schema } of settings) {
    for (const option of optionsOf(path, schema)) command.addOption(option);
  }
  command.parse([...argv], { from: "user" });
  return {
    flags: command.opts<Record<string, unknown>>(),
    given: (name) => command.getOptionValueSource(name) === "cli",
  };
}

/** `MARQUEE_` and `{ maxBatch }` make MARQUEE_MAX_BATCH. */
function variableOf(prefix: string, path: readonly string[]): string {
  return prefix + kebab(path.join("-")).replaceAll("-", "_").toUpperCase();
}

function readEnvironment(
  prefix: string,
  settings: readonly Setting[],
  environment: Readonly<Record<string, string | undefined>>,
  target: Record<string, unknown>,
): void {
  for (const { path, schema } of settings) {
    const name = variableOf(prefix, path);
    const text = environment[name];
    // An empty variable is how many tools say "not set".
    if (text === undefined || text === "") continue;
    if (schema.type === "boolean") {
      if (!/^(true|false|1|0)$/i.test(text)) {
        throw new Error(`${name} is "${text}"; give true or false`);
      }
      assign(target, path, /^(true|1)$/i.test(text));
      continue;
    }
    try {
      assign(target, path, parseValue(text, schema));
    } catch (error) {
      throw new Error(`${name} is "${text}": ${(error as Error).message}`);
    }
  }
}

function readConfigFile(
  path: string,
  check: (value: unknown, where: string) => unknown,
): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`--config ${path} cannot be read: ${(error as Error).message}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`--config ${path} is not JSON: ${(error as Error).message}`);
  }
  // Checked by itself first, so that its faults are named as the file's.
  check(json, path);
  return json as Record<string, unknown>;
}

function sectionsOf(settings: readonly Setting[]): string[] {
  return [...new Set(settings.flatMap(({ path }) => (path.length > 1 ? [path[0]!] : [])))];
}

function describe(issue: z.core.$ZodIssue, value: unknown, settings: readonly Setting[]): string[] {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") {
    const found = lookUp(value, path);
    // A default can be at fault too, together with what was given beside it.
    const given = found === undefined ? "" : ` (given: ${JSON.stringify(found)})`;
    const fault = issue.message.replace(/^Invalid input: /, "is wrong: ");
    return [`${path.join(".") || "the whole"} ${fault}${given}`];
  }
  return issue.keys.map((key) => {
    const known = [
      ...settings.map((setting) => setting.path),
      ...sectionsOf(settings).map((name) => [name]),
    ];
    const nearest = nearestTo(known, path, key).map((found) => `"${found.join(".")}"`);
    return `"${[...path, key].join(".")}" is not an option; did you mean ${either(nearest)}?`;
  });
}

/** "; did you mean --title-epochs?" for "--title-epoch". */
function suggestFlags(flag: string, settings: readonly Setting[]): string {
  const [, no, name] = /^--(no-)?([^=]*)/.exec(flag)!;
  const section = sectionsOf(settings).find((s) => name!.startsWith(`${s}-`));
  const known = [...settings.map((setting) => setting.path), ["config"], ["help"]];
  const found =
    section === undefined
      ? nearestTo(known, [], name!)
      : nearestTo(known, [section], name!.slice(section.length + 1));
  const flags = found.map((path) =>
    no && isSwitch(path, settings) ? flagOf(path).replace("--", "--no-") : flagOf(path),
  );
  return `; did you mean ${either(flags)}?`;
}

function isSwitch(path: readonly string[], settings: readonly Setting[]): boolean {
  return settings.some((setting) => setting.path === path && setting.schema.type === "boolean");
}

/**
 * Those of the `known` options that may be meant by `key` under `path`: the most similar names, in the same
 * section if it has one as similar as any, else in the others.
 */
function nearestTo(
  known: readonly (readonly string[])[],
  path: readonly string[],
  key: string,
): (readonly string[])[] {
  const candidates = known.map((found) => ({
    path: found,
    sibling: found.length === path.length + 1 && path.every((part, i) => found[i] === part),
    // Without a section, a name may also be all of the words run together.
    distance: Math.min(
      distance(kebab(key), kebab(found.at(-1)!)),
      path.length === 0 ? distance(kebab(key), kebab(found.join("-"))) : Number.POSITIVE_INFINITY,
    ),
  }));
  const least = Math.min(...candidates.map((candidate) => candidate.distance));
  const best = candidates.filter((candidate) => candidate.distance === least);
  const siblings = best.filter((candidate) => candidate.sibling);
  return (siblings.length > 0 ? siblings : best)
    .slice(0, SUGGESTIONS)
    .map((candidate) => candidate.path);
}

/** "a", "a or b", "a, b or c" */
function either(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

function lookUp(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<string, unknown> | undefined)?.[key],
    value,
  );
}

function optionsOf(path: readonly string[], schema: JsonSchema): Option[] {
  const flag = flagOf(path);
  const description = schema.description ?? "";
  if (schema.type === "boolean") {
    const on = new Option(flag, description).default(schema.default);
    const off = new Option(
      flag.replace("--", "--no-"),
      `do not: ${description}${schema.default === true ? " (default: on)" : ""}`,
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

function parseValue(text: string, schema: JsonSchema): unknown {
  if (schema.type === "array") {
    return text.split(",").map((part) => parseValue(part, schema.items ?? {}));
  }
  if (schema.type === "integer" || schema.type === "number") {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isNaN(value)) throw new InvalidArgumentError("It must be a number.");
    return value;
  }
  return text;
}

/** The name under which commander keeps the flag's value. */
function camelCase(path: readonly string[]): string {
  return path
    .map((key, i) => (i === 0 ? key : key.charAt(0).toUpperCase() + key.slice(1)))
    .join("");
}

function assign(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) target[key] = value;
  else {
    target[key] ??= {};
    assign(target[key] as Record<string, unknown>, rest, value);
  }
}
