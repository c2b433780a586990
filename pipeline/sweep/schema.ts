/** The sweep file: parameters, search method and objective. */

import { readFileSync } from "node:fs";
import { closest } from "fastest-levenshtein";
import * as z from "zod";
import { whyUnread } from "../../node/fileErrors.ts";
import { describeMessage } from "../../node/options/issues.ts";
import { createOptions, type Options } from "../../node/options/options.ts";
import { isSection, WITHOUT_EFFECT } from "../config/compare.ts";
import { MOVIE_OPTIONS, programFor } from "../config/options.ts";
import type { Config } from "../config/schema.ts";
import { checkExists, type FoundDataset, findDataset } from "../dataset/load.ts";
import { nested } from "./values.ts";

export const METHODS = ["grid", "random", "halving", "asha"] as const;

/** Whether trials get more epochs the better they are: then there are several rungs. */
export function hasRungs(method: (typeof METHODS)[number]): boolean {
  return method === "halving" || method === "asha";
}

/** Any value from `min` to `max`, both inclusive. */
export interface Range {
  readonly min: number;
  readonly max: number;
  /** "log": 1 to 10 is as likely as 10 to 100. */
  readonly scale: "linear" | "log";
  /** Whole numbers only. */
  readonly int: boolean;
  /** Number of values in a grid, including both ends; at least 2. */
  readonly steps?: number | undefined;
}

/** An option of the pipeline and the values to try. */
export interface Parameter {
  /** Key of the option, with its sections: "poster.learningRate". */
  readonly path: string;
  /** A list of values, or a range. */
  readonly choice: readonly unknown[] | Range;
}

/** The figure of the cross-validation that trials are ranked by. */
export interface Objective {
  readonly input: string;
  readonly group: string;
  readonly metric: string;
  readonly better: "larger" | "smaller";
}

/** As a sweep file names it; by default, the target's metric over all items. */
export interface WantedObjective {
  readonly input: string;
  readonly group?: string | undefined;
  readonly metric?: string | undefined;
}

export interface Sweep {
  /** Heading of its trials in reports of runs. */
  readonly title?: string | undefined;
  /** What its trials show, for the same reports. */
  readonly finding?: string | undefined;
  readonly method: (typeof METHODS)[number];
  /** Options shared by all trials, in the form of a config file; always has `folds`. */
  readonly base: Readonly<Record<string, unknown>>;
  readonly parameters: readonly Parameter[];
  readonly objective: WantedObjective;
  /** Seed of the draws; trials are trained with `base.seed`. */
  readonly seed: number;
  /** Number of configurations to draw; Infinity for a grid. */
  readonly trials: number;
  /** Halving and ASHA: each rung keeps the best 1 / eta of the trials and gives them eta times the epochs. */
  readonly eta: number;
  /** Halving and ASHA: smallest share of the epochs that a rung may train, 0 exclusive to 1. */
  readonly minShare: number;
  /** Those of the pipeline for the data set of `base`. */
  readonly options: Options<Config>;
  /** The data set of `base`, if it was looked for already. */
  readonly found?: FoundDataset | undefined;
}

/** A sweep of a data set that is known. */
export type DataSweep = Sweep & { readonly objective: Objective };

const rangeSchema = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    scale: z.enum(["linear", "log"]).default("linear"),
    int: z.boolean().optional(),
    steps: z.int().min(2).optional(),
  })
  .refine(({ min, max }) => min < max, { path: ["min"], error: "must be less than max" })
  .refine(({ min, scale }) => scale !== "log" || min > 0, {
    path: ["min"],
    error: "must be more than 0 on a log scale",
  });

const objectiveSchema = z.strictObject({
  input: z.string().default("all inputs"),
  group: z.string().optional(),
  metric: z.string().optional(),
});

const shared = {
  title: z.string().min(1).optional(),
  finding: z.string().min(1).optional(),
  base: z.record(z.string(), z.unknown()).default({}),
  parameters: z
    .record(z.string(), z.unknown(), { error: "must be an object: option -> list or range" })
    .refine((parameters) => Object.keys(parameters).length > 0, {
      error: 'must name at least one option, e.g. { "ratings.dropout": [0.2, 0.4] }',
    }),
  objective: objectiveSchema.prefault({}),
};
const drawn = { seed: z.int().default(42) };

const climbing = {
  trials: z.int().min(2).default(27),
  eta: z.number().min(1.5).default(3),
  minShare: z
    .number()
    .positive()
    .max(1)
    .default(1 / 9),
};

const SCHEMAS = {
  grid: z.strictObject({ method: z.literal("grid"), ...shared }),
  random: z.strictObject({
    method: z.literal("random"),
    ...shared,
    ...drawn,
    trials: z.int().min(1).default(20),
  }),
  halving: z.strictObject({ method: z.literal("halving"), ...shared, ...drawn, ...climbing }),
  asha: z.strictObject({ method: z.literal("asha"), ...shared, ...drawn, ...climbing }),
};

const KEYS = [...new Set(Object.values(SCHEMAS).flatMap(({ shape }) => Object.keys(shape)))];

/** Parsed first, so that misspelt keys are reported even if the method is wrong. */
const ANY_METHOD = z.strictObject({
  ...Object.fromEntries(KEYS.map((key) => [key, z.unknown().optional()])),
  method: z.enum(METHODS),
});

/** Default number of folds, a usual one for cross-validation. */
const FOLDS = 5;

/** Options that cannot be parameters, with the reason. */
const NOT_SEARCHABLE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [...WITHOUT_EFFECT, "seed", "folds", "backend", "publish"].map((path) => [
      path,
      'is the same for all trials: set it in "base"',
    ]),
  ),
  "train.patience": "has no effect in a cross-validation: folds train for all epochs",
  "train.validation": "has no effect in a cross-validation: the folds are held out",
};

/**
 * Reads a sweep file, and finds the data set that it names, whose inputs and target decide which options there are.
 *
 * @throws Error with one line per problem, each naming the file and the key; InputError or OptionsError if the data set is
 *   none.
 */
export async function readSweep(file: string): Promise<Sweep> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`--config ${file} ${whyUnread(file, error)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`--config ${file} is not JSON: ${(error as Error).message}`);
  }
  const base = isSection(json) ? json.base : undefined;
  const data = isSection(base) && typeof base.data === "string" ? base.data : undefined;
  checkExists(data);
  const found = await findDataset(data);
  const options = createOptions(programFor(found.inputs, found.target));
  return { ...parseSweep(json, file, options), found };
}

/**
 * Checks a sweep and fills in the defaults; without `base.folds`, trials have 5 folds.
 *
 * @param where Named in errors, e.g. the file's path.
 * @param options Those of the pipeline for the data set of `base`.
 * @throws Error with one line per problem; unknown keys name the nearest valid one.
 */
export function parseSweep(
  value: unknown,
  where: string,
  options: Options<Config> = MOVIE_OPTIONS,
): Sweep {
  const { method } = parse(ANY_METHOD, value, where, KEYS);
  const parsed = parse(SCHEMAS[method], value, where, KEYS);
  const base = { folds: FOLDS, ...parsed.base };
  const { folds } = options.parse(base, `${where}: base`);
  if (folds === 0) {
    throw new Error(`${where}: base.folds must be at least 2: trials are compared by their folds`);
  }
  const problems: string[] = [];
  const parameters = Object.entries(parsed.parameters).flatMap(([path, choice]) => {
    try {
      return [parameterOf(path, choice, { method, where, options })];
    } catch (error) {
      problems.push((error as Error).message);
      return [];
    }
  });
  for (const { path } of parameters) {
    const part = parameters.find((other) => other.path.startsWith(`${path}.`));
    if (part)
      problems.push(`${where}: parameters "${path}" and "${part.path}" set the same option`);
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return {
    seed: 42,
    trials: Number.POSITIVE_INFINITY,
    eta: 3,
    minShare: 1 / 9,
    ...parsed,
    base,
    parameters,
    options,
  };
}

interface ParameterContext {
  readonly method: string;
  readonly where: string;
  readonly options: Options<Config>;
}

function parameterOf(path: string, choice: unknown, context: ParameterContext): Parameter {
  const { method, where } = context;
  const at = `${where}: parameters.${path}`;
  const kind = checkedKind(path, context);
  const reason = NOT_SEARCHABLE[path];
  if (reason !== undefined) throw new Error(`${at} ${reason}`);
  if (Array.isArray(choice)) {
    if (choice.length === 0) throw new Error(`${at} must list at least one value`);
    const texts = choice.map((value) => JSON.stringify(value));
    const duplicate = texts.find((text, i) => texts.indexOf(text) !== i);
    if (duplicate !== undefined) throw new Error(`${at} lists ${duplicate} twice`);
    for (const value of choice) checkValue(path, value, context);
    return { path, choice };
  }
  if (!isSection(choice)) {
    throw new Error(`${at} must be a list of values, or a range { "min": ..., "max": ... }`);
  }
  const range = parse(rangeSchema, choice, at, Object.keys(rangeSchema.shape));
  if (kind !== "integer" && kind !== "number") {
    throw new Error(`${at} is not a number, so it has no range: list the values to try`);
  }
  for (const end of [range.min, range.max]) checkValue(path, end, context);
  if (method === "grid" && range.steps === undefined) {
    throw new Error(`${at}: a grid needs a list of values, or "steps" in the range`);
  }
  const int = range.int ?? kind === "integer";
  if (int && !(Number.isInteger(range.min) && Number.isInteger(range.max))) {
    throw new Error(`${at} takes whole numbers: min and max must be whole numbers`);
  }
  return { path, choice: { ...range, int } };
}

/** @throws Error naming the nearest option if there is none at `path`. */
function checkedKind(path: string, { where, options }: ParameterContext): string {
  const kind = options.kind(path);
  if (kind !== undefined) return kind;
  // Throws with the nearest option, in the same words as for config files.
  options.parse(nested(path, 0), `${where}: parameters`);
  throw new Error(`${where}: parameters.${path} is not an option`);
}

/** @throws Error for a value that is invalid by itself; combinations are checked for each trial. */
function checkValue(path: string, value: unknown, { where, options }: ParameterContext): void {
  const checked = options.check(nested(path, value), `${where}: parameters`);
  if ("issues" in checked && !checked.combination) throw new Error(checked.issues);
}

function parse<S extends z.ZodType>(
  schema: S,
  value: unknown,
  where: string,
  keys: readonly string[],
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Error(
    result.error.issues
      .flatMap((issue) => describe(issue, value, keys).map((line) => `${where}: ${line}`))
      .join("\n"),
  );
}

function describe(issue: z.core.$ZodIssue, value: unknown, keys: readonly string[]): string[] {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") {
    const actual = path.reduce<unknown>((at, key) => (isSection(at) ? at[key] : undefined), value);
    const given = actual === undefined ? "" : ` (given: ${JSON.stringify(actual)})`;
    return [`${path.join(".") || "the sweep"}${describeMessage(issue.message)}${given}`];
  }
  const known = path[0] === "objective" ? Object.keys(objectiveSchema.shape) : keys;
  return issue.keys.map((key) => {
    const name = [...path, key].join(".");
    if (known.includes(key)) {
      return `"${name}" is not an option of the method ${(value as { method: string }).method}`;
    }
    return `"${name}" is not a key here; did you mean "${[...path, closest(key, known)].join(".")}"?`;
  });
}
