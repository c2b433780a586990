/** Enumerates or draws the configurations of a sweep. */

import { createRandom, type Random } from "../common/random.ts";
import type { Options } from "../config/compare.ts";
import type { Config } from "../config/schema.ts";
import { type Rung, rungsOf } from "./halving.ts";
import { hasRungs, type Parameter, type Range, type Sweep } from "./schema.ts";
import { merged, nested } from "./values.ts";

export interface Trial {
  /** From 1, in the order of training. */
  readonly number: number;
  /** The parameters' values by path. */
  readonly values: Options;
  /** `base` with these values, in the form of a config file. */
  readonly options: Options;
  /** The same with all defaults. */
  readonly config: Config;
}

export interface Plan {
  readonly trials: readonly Trial[];
  /** A single rung with all trials and epochs, unless the method gives good trials more. With ASHA, more trials may climb than planned. */
  readonly rungs: readonly Rung[];
  /** Reasons for fewer trials than requested, without duplicates. */
  readonly notes: readonly string[];
}

/** Draws per requested trial, after which the space counts as exhausted. */
const MAX_DRAWS = 200;
/** Most combinations that a random sweep lists instead of drawing. */
const MAX_LISTED = 10_000;
/** Significant digits of drawn numbers: readable, and finer than any effect of an option. */
const DIGITS = 4;

/**
 * The trials of a sweep. A grid has all combinations, the last parameter changing fastest; other methods have `trials`
 * different draws, or all combinations if there are no more than that. Equal seeds give equal draws; a larger `trials`
 * only appends draws.
 *
 * Leaves out combinations that are invalid together although each value is valid.
 *
 * @throws Error if no combination is valid, or a listed value occurs in none.
 */
export function planOf(sweep: Sweep): Plan {
  const refused = new Set<string>();
  const trials: Trial[] = [];
  const add = (values: Options) => {
    const options = Object.entries(values).reduce(
      (all, [path, value]) => merged(all, nested(path, value)),
      sweep.base,
    );
    const checked = sweep.options.check(options, "not tried");
    if ("config" in checked) {
      trials.push({ number: trials.length + 1, values, options, config: checked.config });
    } else if (checked.combination) refused.add(checked.issues);
    // parseSweep has checked base and values by themselves, so this is not expected.
    else throw new Error(checked.issues);
  };
  const size = sizeOf(sweep.parameters);
  if (sweep.method === "grid" || size <= Math.min(sweep.trials, MAX_LISTED)) {
    for (const values of combinations(sweep.parameters)) add(values);
    checkAllTried(sweep.parameters, trials, refused);
  } else {
    const seen = new Set<string>();
    const draw = createDraw(sweep);
    for (let i = 0; i < sweep.trials * MAX_DRAWS && trials.length < sweep.trials; i++) {
      const values = draw();
      const key = JSON.stringify(values);
      if (seen.has(key)) continue;
      seen.add(key);
      add(values);
    }
  }
  if (trials.length === 0) {
    throw new Error(`no combination of the parameters is valid:\n${[...refused].join("\n")}`);
  }
  const notes = [...refused];
  if (sweep.method !== "grid" && trials.length < sweep.trials) {
    notes.push(`the parameters allow only ${trials.length} different trials, not ${sweep.trials}`);
  }
  const rungs = hasRungs(sweep.method)
    ? rungsOf(trials.length, sweep.eta, sweep.minShare)
    : [{ share: 1, trials: trials.length }];
  return { trials, rungs, notes };
}

/** @throws Error for listed values that are in no valid combination, e.g. by a typing error. */
function checkAllTried(
  parameters: readonly Parameter[],
  trials: readonly Trial[],
  refused: ReadonlySet<string>,
): void {
  const issues = parameters.flatMap(({ path, choice }) => {
    if (!isList(choice)) return [];
    const tried = new Set(trials.map(({ values }) => JSON.stringify(values[path])));
    return choice
      .map((value) => JSON.stringify(value))
      .filter((text) => !tried.has(text))
      .map((text) => `parameters.${path}: ${text} is not valid with any of the other values`);
  });
  if (issues.length > 0) throw new Error([...issues, ...refused].join("\n"));
}

function* combinations(parameters: readonly Parameter[]): Generator<Options> {
  const [first, ...rest] = parameters;
  if (!first) {
    yield {};
    return;
  }
  for (const value of valuesOf(first.choice)) {
    for (const others of combinations(rest)) yield { [first.path]: value, ...others };
  }
}

function valuesOf(choice: Parameter["choice"]): readonly unknown[] {
  if (isList(choice)) return choice;
  const steps = choice.steps!;
  const values = Array.from({ length: steps }, (_, i) => at(choice, i / (steps - 1)));
  return [...new Set(values)];
}

/** Number of combinations; Infinity if a range has no steps. */
function sizeOf(parameters: readonly Parameter[]): number {
  return parameters.reduce(
    (size, { choice }) =>
      size * (isList(choice) || choice.steps ? valuesOf(choice).length : Number.POSITIVE_INFINITY),
    1,
  );
}

/** Returns a function that draws values. Each parameter has its own stream, so that adding one changes no other's draws. */
function createDraw({ parameters, seed }: Sweep): () => Options {
  const random = createRandom(seed).fork("sweep");
  const streams = parameters.map(({ path, choice }) => ({
    path,
    choice,
    stream: random.fork(path),
  }));
  return () =>
    Object.fromEntries(streams.map(({ path, choice, stream }) => [path, drawFrom(choice, stream)]));
}

function drawFrom(choice: Parameter["choice"], random: Random): unknown {
  if (isList(choice)) return choice[random.int(choice.length)];
  if (choice.steps) {
    const values = valuesOf(choice);
    return values[random.int(values.length)];
  }
  if (choice.int && choice.scale === "linear") {
    return choice.min + random.int(choice.max - choice.min + 1);
  }
  return at(choice, random.next());
}

/** The value at `share` (0..1) of the range's scale, rounded and kept within the range. */
function at({ min, max, scale, int }: Range, share: number): number {
  const value =
    scale === "log"
      ? Math.exp(Math.log(min) + share * (Math.log(max) - Math.log(min)))
      : min + share * (max - min);
  const rounded = int ? Math.round(value) : Number(value.toPrecision(DIGITS));
  return Math.min(max, Math.max(min, rounded));
}

function isList(choice: Parameter["choice"]): choice is readonly unknown[] {
  return Array.isArray(choice);
}
