/** From a sweep's parameters to the configurations that are tried. */

import { createRandom, type Random } from "../common/random.ts";
import type { Options } from "../config/compare.ts";
import { checkConfig } from "../config/options.ts";
import type { Config } from "../config/schema.ts";
import { type Rung, rungsOf } from "./halving.ts";
import type { Parameter, Range, Sweep } from "./schema.ts";
import { merged, nested } from "./values.ts";

export interface Trial {
  /** From 1, in the order in which they are tried. */
  readonly number: number;
  /** What the parameters are, by path. */
  readonly values: Options;
  /** `base` with the values, as a config file has them. */
  readonly options: Options;
  /** The same, complete. */
  readonly config: Config;
}

export interface Plan {
  readonly trials: readonly Trial[];
  /** One, with all trials and all epochs, unless the method is halving. */
  readonly rungs: readonly Rung[];
  /** Why there are fewer trials than might be expected: each reason once. */
  readonly notes: readonly string[];
}

/** Draws per trial before the space counts as exhausted. */
const MAX_DRAWS = 200;
/** Largest grid that is listed to be drawn from without repeats. */
const LISTABLE = 10_000;
/** Digits of a drawn number: more would not be read, and an option's effect never hangs on them. */
const DIGITS = 4;

/**
 * All combinations of a grid, the last parameter changing fastest; else `trials` draws without repeats, or all
 * combinations where there are no more. Equal seeds give equal draws, and more trials only add some at the end.
 *
 * Combinations of values that are valid one by one and not together are left out.
 *
 * @throws Error where no combination is valid, or a listed value is in none.
 */
export function planOf(sweep: Sweep): Plan {
  const refused = new Set<string>();
  const trials: Trial[] = [];
  const add = (values: Options) => {
    const options = Object.entries(values).reduce(
      (all, [path, value]) => merged(all, nested(path, value)),
      sweep.base,
    );
    const checked = checkConfig(options, "not tried");
    if ("config" in checked) {
      trials.push({ number: trials.length + 1, values, options, config: checked.config });
    } else if (checked.combination) refused.add(checked.issues);
    // Values are checked one by one before; nothing else can be wrong.
    else throw new Error(checked.issues);
  };
  const size = sizeOf(sweep.parameters);
  if (sweep.method === "grid" || size <= Math.min(sweep.trials, LISTABLE)) {
    for (const values of combinations(sweep.parameters)) add(values);
    checkAllTried(sweep.parameters, trials, refused);
  } else {
    const seen = new Set<string>();
    const draw = drawer(sweep);
    for (let i = 0; i < sweep.trials * MAX_DRAWS && trials.length < sweep.trials; i++) {
      const values = draw();
      const key = JSON.stringify(values);
      if (seen.has(key)) continue;
      seen.add(key);
      add(values);
    }
  }
  if (trials.length === 0) throw new Error(`no trial is left:\n${[...refused].join("\n")}`);
  const notes = [...refused];
  if (sweep.method !== "grid" && trials.length < sweep.trials) {
    notes.push(`the parameters allow ${trials.length} different trials, not ${sweep.trials}`);
  }
  const rungs =
    sweep.method === "halving"
      ? rungsOf(trials.length, sweep.eta, sweep.minShare)
      : [{ share: 1, trials: trials.length }];
  return { trials, rungs, notes };
}

/** A typing error in one value would otherwise only make the sweep smaller. */
function checkAllTried(
  parameters: readonly Parameter[],
  trials: readonly Trial[],
  refused: ReadonlySet<string>,
): void {
  const faults = parameters.flatMap(({ path, choice }) => {
    if (!isList(choice)) return [];
    const tried = new Set(trials.map(({ values }) => JSON.stringify(values[path])));
    return choice
      .map((value) => JSON.stringify(value))
      .filter((text) => !tried.has(text))
      .map((text) => `parameters.${path}: ${text} goes with none of the other values`);
  });
  if (faults.length > 0) throw new Error([...faults, ...refused].join("\n"));
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

/** Number of combinations; Infinity where a range has no steps. */
function sizeOf(parameters: readonly Parameter[]): number {
  return parameters.reduce(
    (size, { choice }) =>
      size * (isList(choice) || choice.steps ? valuesOf(choice).length : Number.POSITIVE_INFINITY),
    1,
  );
}

/** Each parameter has a stream of its own: another one more changes none of its draws. */
function drawer({ parameters, seed }: Sweep): () => Options {
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

/** The value `share` of the way from min to max. */
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
