/** Columns -> a description: which column is what, with the reason, and a comment wherever this is not certain. */

import { InputError } from "../../../predictor/errors.ts";
import { RESERVED_NAMES } from "../../../predictor/reservedNames.ts";
import { isReserved } from "../described/declare.ts";
import { sideOf } from "../described/items.ts";
import { ownerOf } from "../described/layerNames.ts";
import { quote } from "../issues.ts";
import { canBeIds, describeMistakes, idNameOf, isNearlyUnique, isUnique } from "./ids.ts";
import type { ColumnProfile } from "./profile.ts";
import {
  type Choice,
  chooseType,
  describeEitherPoint,
  isList,
  isNested,
  UNREADABLE_LISTS,
} from "./types.ts";

/** What was found of a column. */
export interface ColumnRole {
  readonly column: string;
  /** "id", "split", "target", an input's type, or "-" for a column that is left out. */
  readonly role: string;
  readonly reason: string;
}

export interface Guess {
  /** As it would be written: keys that begin with // say what is not certain. */
  readonly description: Readonly<Record<string, unknown>>;
  readonly roles: readonly ColumnRole[];
}

const TARGET_NAME =
  /^(y|target|labels?|class(es)?|genres?|tags?|topics?|categor(y|ies)|sentiment|outcome)$/i;
/** Those that say more than others that a column is what is to be predicted, in order. */
const TARGET_FIRST = [/^targets?$/i, /^(labels?|class(es)?)$/i, /^y$/i];
const TARGET_PART = /target|label|genre|topic|class|sentiment/i;
/** Classes that a target may have at most, unless it is named like one. */
const MAX_CLASSES = 100;
/** Part of a column's values that name a side, if it is the split. */
const SIDES = 0.9;
/** Values of one that are shown. */
const SHOWN = 5;

/**
 * Guesses a description from what was seen of the items' table.
 *
 * @param base What is known already, e.g. name, items and split; it stays as it is.
 * @param forced The target, if the user named it.
 * @throws InputError if no column looks like a target, or none can be an input.
 */
export function guessDescription(
  profiles: readonly ColumnProfile[],
  base: Readonly<Record<string, unknown>>,
  forced?: string,
): Guess {
  const split = base.split === undefined ? profiles.find(isSplit) : undefined;
  const rest = profiles.filter((profile) => profile !== split);
  const id = findId(rest.filter(({ name }) => name !== forced));
  const candidates = rest.filter((profile) => profile !== id);
  const target = findTarget(candidates, forced);
  const inputs = candidates.filter((profile) => profile !== target.profile);
  const choices = inputs.map((profile) => ({ profile, choice: chooseType(profile) }));
  checkSomeInput(choices);
  const missing = [...new Set(profiles.flatMap(({ noValue }) => [...noValue.keys()]))].sort();

  return {
    description: {
      ...base,
      ...describeId(id),
      ...describeMissing(missing),
      inputs: describeInputs(choices),
      ...target.comment,
      target: target.target,
      ...(base.split !== undefined ? {} : describeSplit(split)),
    },
    roles: profiles.map((profile) => {
      if (profile === id) {
        const mistakes = describeMistakes(profile);
        const reason =
          mistakes === "" ? "unique, and named like an id" : `named like an id, but ${mistakes}`;
        return { column: profile.name, role: "id", reason };
      }
      if (profile === split)
        return { column: profile.name, role: "split", reason: valuesOf(profile) };
      if (profile === target.profile) {
        return { column: profile.name, role: "target", reason: target.reason };
      }
      const { choice } = choices.find((found) => found.profile === profile)!;
      return { column: profile.name, role: choice.type ?? "-", reason: choice.reason };
    }),
  };
}

/** Few rows with a mistake or nothing do not make it another column: test items would be trained on. */
function isSplit({ counts = [], noValue }: ColumnProfile): boolean {
  const values = counts.filter(([value]) => !noValue.has(value));
  const sides = new Set(values.map(([value]) => sideOf(value)));
  const total = values.reduce((sum, [, count]) => sum + count, 0);
  return sides.has("train") && sides.has("test") && withSide(values) >= SIDES * total;
}

/** Rows that a side is said of. */
function withSide(counts: NonNullable<ColumnProfile["counts"]>): number {
  return counts.reduce((sum, [value, count]) => sum + (sideOf(value) ? count : 0), 0);
}

/** A column that is unique and named like an id, those of the items before others; else one that is nearly unique. */
function findId(profiles: readonly ColumnProfile[]): ColumnProfile | undefined {
  const possible = profiles.filter((profile) => idNameOf(profile.name) && canBeIds(profile));
  const own = possible.filter(({ name }) => idNameOf(name) === "item");
  return own.find(isUnique) ?? possible.find(isUnique) ?? own.find(isNearlyUnique);
}

function describeId(id: ColumnProfile | undefined): object {
  if (id === undefined) {
    return { "//id": "No column is named like an id and unique; rows are numbered." };
  }
  const mistakes = describeMistakes(id);
  return {
    ...(mistakes === ""
      ? {}
      : {
          "//id": `In this column, ${mistakes}; only the first row with an id is used, and none without.`,
        }),
    id: id.name,
  };
}

function valuesOf({ counts }: ColumnProfile): string {
  const shown = (counts ?? []).slice(0, SHOWN).map(([value, count]) => `${value} ${count}`);
  return shown.join(", ") + ((counts?.length ?? 0) > SHOWN ? ", ..." : "");
}

function describeMissing(missing: readonly string[]): object {
  if (missing.length === 0) return {};
  return {
    "//missing": `These texts seem to mean "no value"; list them under "missing" if they do: ${missing.map((text) => JSON.stringify(text)).join(", ")}.`,
  };
}

function describeSplit(split: ColumnProfile | undefined): object {
  if (split === undefined) {
    return {
      "//split":
        'No column says which rows are for testing; a fifth is drawn. Name a "group" column if rows belong together.',
      split: { test: 0.2 },
    };
  }
  const none = split.rows - withSide(split.counts!);
  const rows =
    none === 1
      ? "1 row has no split in this column and is"
      : `${none} rows have no split in this column and are`;
  return {
    ...(none === 0 ? {} : { "//split": `${rows} left out; say train, validation or test there.` }),
    split: { column: split.name },
  };
}

interface Chosen {
  readonly profile: ColumnProfile;
  readonly choice: Choice;
}

/** @throws InputError saying of each column why it cannot be one. */
function checkSomeInput(choices: readonly Chosen[]): void {
  if (choices.some(({ choice }) => choice.type !== undefined)) return;
  const why = choices.map(({ profile, choice }) => `${quote(profile.name)}: ${leftOut(choice)}`);
  throw new InputError(
    "inputs",
    `there is no column from which anything could be predicted${why.length === 0 ? "; add one beside the id and the target" : `. ${why.join(" ")}`}`,
  );
}

const leftOut = ({ comment, reason }: Choice) => comment ?? `Left out: ${reason}.`;

function describeInputs(choices: readonly Chosen[]): object {
  const inputs: Record<string, unknown> = {};
  for (const { profile, choice } of choices) {
    if (choice.type === undefined) {
      inputs[`//${profile.name}`] = leftOut(choice);
      continue;
    }
    const name = inputName(profile.name, inputs);
    if (choice.comment !== undefined) inputs[`//${name}`] = choice.comment;
    inputs[name] = {
      type: choice.type,
      ...(name === profile.name ? {} : { column: profile.name }),
      ...choice.options,
    };
  }
  return inputs;
}

/** "US Gross" -> "usGross", the letters that names may have; a number makes it one that can be trained. */
function inputName(column: string, taken: object): string {
  if (/^[a-z][A-Za-z0-9_]*$/.test(column) && isFree(column, taken)) return column;
  const plain = column.normalize("NFD").replace(/\p{M}/gu, "");
  const words = plain.split(/[^A-Za-z0-9_]+/).filter(Boolean);
  const joined = words
    .map((word, i) => {
      const lower = /^[A-Z0-9]+$/.test(word) ? word.toLowerCase() : word;
      const [first = "", ...rest] = lower;
      return (i === 0 ? first.toLowerCase() : first.toUpperCase()) + rest.join("");
    })
    .join("");
  const base = /^[A-Za-z]/.test(joined) ? joined : `column${joined}`;
  let name = base;
  for (let n = 2; !isFree(name, taken); n++) name = `${base}${n}`;
  return name;
}

function isFree(name: string, taken: object): boolean {
  const names = Object.keys(taken);
  return (
    !(name in taken || `//${name}` in taken || isReserved(name) || RESERVED_NAMES.includes(name)) &&
    ownerOf(name, names) === undefined &&
    names.every((other) => ownerOf(other, [name]) === undefined)
  );
}

interface TargetGuess {
  readonly profile: ColumnProfile;
  readonly target: object;
  readonly comment: object;
  readonly reason: string;
}

/** The column named like a target, else the last that has classes. */
function findTarget(profiles: readonly ColumnProfile[], forced: string | undefined): TargetGuess {
  const possible = profiles.filter(
    (profile) => couldBeTarget(profile) && !isCoordinate(profile, profiles),
  );
  const named =
    profiles.find(({ name }) => name === forced) ??
    [...TARGET_FIRST, TARGET_NAME]
      .map((pattern) => possible.find(({ name }) => pattern.test(name)))
      .find((profile) => profile !== undefined) ??
    possible.find(({ name }) => TARGET_PART.test(name));
  const profile = named ?? possible.at(-1);
  if (profile === undefined) {
    const constant = profiles.find(
      ({ name, counts }) => TARGET_NAME.test(name) && counts?.length === 1,
    );
    if (constant) {
      throw new InputError(
        "target",
        `${quote(constant.name)} is named like a target, but it is ${quote(constant.counts![0]![0])} in all rows, so there is nothing to learn; name another column with --target: ${profiles
          .filter((other) => other !== constant)
          .map(hint)
          .join(", ")}`,
      );
    }
    throw new InputError(
      "target",
      `no column looks like a target; name one with --target: ${profiles.map(hint).join(", ")}`,
    );
  }
  if (isNested(profile)) {
    throw new InputError(
      "target",
      `${quote(profile.name)} has objects or lists in lists, which cannot be predicted; make a column of what is to be predicted`,
    );
  }
  if (chooseType(profile) === UNREADABLE_LISTS) {
    throw new InputError(
      "target",
      `${quote(profile.name)} has texts in brackets that cannot be read as lists, e.g. ${quote(profile.counts?.[0]?.[0] ?? "")}; write them as JSON (["a", "b"]), or without brackets and with | between them`,
    );
  }
  const { type, options, reason } = targetType(profile);
  const others = possible.filter((other) => other !== profile).map(({ name }) => name);
  const doubt =
    named && (forced !== undefined || TARGET_NAME.test(named.name))
      ? undefined
      : `Chosen because ${named ? "of its name" : "it is the last column with classes"}; make sure that it is what you want to predict.${others.length > 0 ? ` Others that could be: ${others.join(", ")}.` : ""}`;
  const either =
    type === "number" && !("decimal" in options) ? describeEitherPoint(profile) : undefined;
  const comment = [doubt, either].filter((part) => part !== undefined).join(" ");
  return {
    profile,
    target: { type, column: profile.name, ...options },
    comment: comment === "" ? {} : { "//target": comment },
    reason,
  };
}

function hint(profile: ColumnProfile): string {
  return `${profile.name} (${chooseType(profile).reason})`;
}

function couldBeTarget(profile: ColumnProfile): boolean {
  const { type, options } = chooseType(profile);
  const values = profile.counts?.length ?? Number.POSITIVE_INFINITY;
  if (type === "category" && options?.separator !== undefined) return true;
  if (type === "category" && isList(profile)) return true;
  if (values < 2) return false;
  const named = TARGET_NAME.test(profile.name);
  if (values <= MAX_CLASSES) return named || type === "category";
  if (type === "number") return TARGET_FIRST.some((pattern) => pattern.test(profile.name));
  return named && type === "category";
}

/** A number y beside a number x. */
function isCoordinate(profile: ColumnProfile, profiles: readonly ColumnProfile[]): boolean {
  const isNumber = (other: ColumnProfile) => chooseType(other).type === "number";
  return (
    /^y$/i.test(profile.name) &&
    isNumber(profile) &&
    profiles.some((other) => /^x$/i.test(other.name) && isNumber(other))
  );
}

function targetType(profile: ColumnProfile): { type: string; options: object; reason: string } {
  const { type, options, reason } = chooseType(profile);
  if (type === "category" && (options?.separator !== undefined || isList(profile))) {
    return { type: "labels", options: options ?? {}, reason };
  }
  const values = profile.counts?.length ?? Number.POSITIVE_INFINITY;
  // Whole numbers of a column that is named like a target are classes, unless they are as many as amounts.
  const isAmount =
    !TARGET_NAME.test(profile.name) ||
    values > MAX_CLASSES ||
    profile.kinds.integer < profile.kinds.number ||
    options?.decimal !== undefined;
  return type === "number" && values > 2 && isAmount
    ? {
        type: "number",
        options: options?.decimal === undefined ? {} : { decimal: options.decimal },
        reason,
      }
    : { type: "class", options: {}, reason: `${values} ${values === 1 ? "class" : "classes"}` };
}
