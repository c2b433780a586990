/** The sweep file: what is tried, how, and by which figure it is judged. */

import { readFileSync } from "node:fs";
import { closest } from "fastest-levenshtein";
import { z } from "zod";
import { isSection, WITHOUT_EFFECT } from "../config/compare.ts";
import { checkConfig, optionKind, parseConfig } from "../config/options.ts";
import { nested } from "./values.ts";

export const METHODS = ["grid", "random", "halving"] as const;

/** A parameter that takes any value between two ends. */
export interface Range {
  readonly min: number;
  readonly max: number;
  /** "log": as many values between 1 and 10 as between 10 and 100. */
  readonly scale: "linear" | "log";
  /** Whole numbers only. */
  readonly int: boolean;
  /** Values that a grid takes from it, both ends among them. */
  readonly steps?: number | undefined;
}

/** An option of the pipeline and what it may be. */
export interface Parameter {
  /** Its key, sections by dots: "poster.learningRate". */
  readonly path: string;
  readonly choice: readonly unknown[] | Range;
}

/** The figure of the cross-validation that trials are ranked by, larger being better. */
export interface Objective {
  readonly input: string;
  readonly group: string;
  readonly metric: string;
}

export interface Sweep {
  readonly method: (typeof METHODS)[number];
  /** Options that all trials share, as a config file has them; `folds` is among them. */
  readonly base: Readonly<Record<string, unknown>>;
  readonly parameters: readonly Parameter[];
  readonly objective: Objective;
  /** Of the draws; the trials' own is `base.seed`. */
  readonly seed: number;
  /** Configurations drawn; all there are for a grid. */
  readonly trials: number;
  /** Halving: each rung keeps the best 1 / eta of the trials and gives them eta times the epochs. */
  readonly eta: number;
  /** Halving: smallest share of the epochs that a rung may train. */
  readonly minShare: number;
}

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
    error: "must be more than 0 where the scale is log",
  });

const objectiveSchema = z.strictObject({
  input: z.string().default("all inputs"),
  group: z.string().default("all movies"),
  metric: z.string().default("mAP@5"),
});

const shared = {
  base: z.record(z.string(), z.unknown()).default({}),
  parameters: z
    .record(z.string(), z.unknown(), { error: "must be an object: option -> list or range" })
    .refine((parameters) => Object.keys(parameters).length > 0, {
      error: 'must name at least one option, e.g. { "ratings.dropout": [0.2, 0.4] }',
    }),
  objective: objectiveSchema.prefault({}),
};
const drawn = { seed: z.int().default(42) };

const SCHEMAS = {
  grid: z.strictObject({ method: z.literal("grid"), ...shared }),
  random: z.strictObject({
    method: z.literal("random"),
    ...shared,
    ...drawn,
    trials: z.int().min(1).default(20),
  }),
  halving: z.strictObject({
    method: z.literal("halving"),
    ...shared,
    ...drawn,
    trials: z.int().min(2).default(27),
    eta: z.number().min(1.5).default(3),
    minShare: z
      .number()
      .positive()
      .max(1)
      .default(1 / 9),
  }),
};

const KEYS = [...new Set(Object.values(SCHEMAS).flatMap(({ shape }) => Object.keys(shape)))];

/** Read first, so that a misspelt key is named whatever the method. */
const ANY_METHOD = z.strictObject({
  ...Object.fromEntries(KEYS.map((key) => [key, z.unknown().optional()])),
  method: z.enum(METHODS),
});

/** As many folds as the reports of cross-validated models usually have. */
const FOLDS = 5;

/** Options that a trial cannot have for itself, and why. */
const SHARED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [...WITHOUT_EFFECT, "seed", "folds", "backend", "publish"].map((path) => [
      path,
      'is the same for all trials: set it in "base"',
    ]),
  ),
  "train.patience": "changes nothing in a cross-validation: folds train for all epochs",
  "train.validation": "changes nothing in a cross-validation: folds are what is held out",
};

/** @throws Error with one line per fault, each naming the file and the key. */
export function readSweep(file: string): Sweep {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`--config ${file} cannot be read: ${(error as Error).message}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`--config ${file} is not JSON: ${(error as Error).message}`);
  }
  return parseSweep(json, file);
}

/**
 * Checks a sweep and fills in the defaults; without `base.folds`, trials have 5 folds.
 *
 * @param where Named in errors, e.g. the file's path.
 * @throws Error with one line per fault: unknown keys name the nearest valid one.
 */
export function parseSweep(value: unknown, where: string): Sweep {
  const { method } = parse(ANY_METHOD, value, where, KEYS);
  const parsed = parse(SCHEMAS[method], value, where, KEYS);
  const base = { folds: FOLDS, ...parsed.base };
  const { folds } = parseConfig(base, `${where}: base`);
  if (folds === 0) throw new Error(`${where}: base.folds must be at least 2: folds judge trials`);
  const faults: string[] = [];
  const parameters = Object.entries(parsed.parameters).flatMap(([path, choice]) => {
    try {
      return [parameterOf(path, choice, method, where)];
    } catch (error) {
      faults.push((error as Error).message);
      return [];
    }
  });
  for (const { path } of parameters) {
    const part = parameters.find((other) => other.path.startsWith(`${path}.`));
    if (part) faults.push(`${where}: parameters "${path}" and "${part.path}" set the same option`);
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return {
    ...{ seed: 42, trials: Number.POSITIVE_INFINITY, eta: 3, minShare: 1 / 9 },
    ...parsed,
    base,
    parameters,
  };
}

function parameterOf(path: string, choice: unknown, method: string, where: string): Parameter {
  const at = `${where}: parameters.${path}`;
  const kind = checkedKind(path, where);
  const reason = SHARED[path];
  if (reason !== undefined) throw new Error(`${at} ${reason}`);
  if (Array.isArray(choice)) {
    if (choice.length === 0) throw new Error(`${at} must list at least one value`);
    const texts = choice.map((value) => JSON.stringify(value));
    const twice = texts.find((text, i) => texts.indexOf(text) !== i);
    if (twice !== undefined) throw new Error(`${at} lists ${twice} twice`);
    for (const value of choice) checkValue(path, value, where);
    return { path, choice };
  }
  if (!isSection(choice)) {
    throw new Error(`${at} must be a list of values, or a range { "min": ..., "max": ... }`);
  }
  const range = parse(rangeSchema, choice, at, Object.keys(rangeSchema.shape));
  if (kind !== "integer" && kind !== "number") {
    throw new Error(`${at} is no number, so it has no range: list the values to try`);
  }
  for (const end of [range.min, range.max]) checkValue(path, end, where);
  if (method === "grid" && range.steps === undefined) {
    throw new Error(`${at}: a grid needs a list of values, or "steps" in the range`);
  }
  const int = range.int ?? kind === "integer";
  if (int && !(Number.isInteger(range.min) && Number.isInteger(range.max))) {
    throw new Error(`${at} takes whole numbers: min and max must be some`);
  }
  return { path, choice: { ...range, int } };
}

/** @throws Error naming the nearest option where there is none at `path`. */
function checkedKind(path: string, where: string): string {
  const kind = optionKind(path);
  if (kind !== undefined) return kind;
  // Its own words for keys that it does not know.
  parseConfig(nested(path, 0), `${where}: parameters`);
  throw new Error(`${where}: parameters.${path} is not an option`);
}

/** @throws Error for values that are wrong by themselves; those that only some others forbid are another matter. */
function checkValue(path: string, value: unknown, where: string): void {
  const checked = checkConfig(nested(path, value), `${where}: parameters`);
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
    const found = path.reduce<unknown>((at, key) => (isSection(at) ? at[key] : undefined), value);
    const given = found === undefined ? "" : ` (given: ${JSON.stringify(found)})`;
    const fault = issue.message.replace(/^Invalid (input|option): /, "is wrong: ");
    return [`${path.join(".") || "the whole"} ${fault}${given}`];
  }
  const known = path[0] === "objective" ? Object.keys(objectiveSchema.shape) : keys;
  return issue.keys.map((key) => {
    const name = [...path, key].join(".");
    if (known.includes(key)) {
      return `"${name}" is not for the method ${(value as { method: string }).method}`;
    }
    return `"${name}" is not a key here; did you mean "${[...path, closest(key, known)].join(".")}"?`;
  });
}
