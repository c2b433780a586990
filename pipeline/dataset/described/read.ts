/** Reads a data set that a description declares. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, relative, resolve } from "node:path";
import { whyUnread } from "../../../node/fileErrors.ts";
import { InputError } from "../../../predictor/errors.ts";
import { isAccepted, textFinder } from "../../../predictor/preprocess/number.ts";
import { toNumber } from "../../../predictor/values.ts";
import { type DeclaredInputs, inputDataOf } from "../../inputs/data.ts";
import type { DeclaredTarget } from "../../targets/targetRules.ts";
import { rulesOf } from "../../targets/types.ts";
import type { Dataset, LabelledMovie, User } from "../dataset.ts";
import type { Description } from "../description.ts";
import { isPath } from "../inputs.ts";
import { createIssueList, type IssueList, quote } from "../issues.ts";
import { stratifiedFolds } from "../splits.ts";
import { keepTogether } from "../together.ts";
import { type ReadItem, readItems } from "./items.ts";

export interface DescribedOptions {
  readonly description: Description;
  readonly inputs: DeclaredInputs;
  /** Folder that paths are relative to. */
  readonly root: string;
  /** Folder for files that are written from the tables: images whose bytes are there. */
  readonly cache: string;
  /** Throw where rows, or files that they name, cannot be used, instead of skipping them. */
  readonly strict: boolean;
}

/** Seed of a split by shares, unless the description gives another. */
const SEED = 42;

/** @throws InputError if a table cannot be read or lacks a column; Error in strict mode where rows cannot be used. */
export async function readDescribed(options: DescribedOptions): Promise<Dataset> {
  const { description, inputs, root, cache, strict } = options;
  const issues = createIssueList();
  const listed = await readLabels(description, root);
  const known = listed && new Set(listed);
  const { items, madeFiles } = await readItems({
    ...{ description, root, cache, issues, strict },
    labels: known,
  });
  const users = await addFromTables(options, items, issues);
  checkFoundNumbers(inputs, items, issues);
  if (strict) issues.throwIfAny();
  const { target } = description;
  const labels = listed ?? rulesOf(target).outputs(items, target);
  const together = await keepTogether(items, inputs, {
    ...{ root, madeFiles, issues },
    nouns: description.nouns,
  });
  const sides = sidesOf(description, items, labels, together);
  noteDividedGroups(description, items, sides, issues);
  const movies = items.map(
    ({ id, values, labels: own, value }, i): LabelledMovie => ({
      id,
      values,
      labels: own,
      ...(value === undefined ? {} : { value }),
      split: sides[i] === "test" ? "test" : "train",
      ...(sides[i] === "validation" ? { validation: true } : {}),
      ...(together[i] === undefined ? {} : { group: together[i] }),
    }),
  );
  return {
    name: description.name,
    nouns: description.nouns,
    synthetic: false,
    inputs,
    target: withoutLabels(target),
    labels,
    users,
    movies,
    madeFiles,
    issues: issues.list,
    issueCounts: issues.counts,
    noteCounts: issues.noteCounts,
    sha256: digest({ description, inputs, root }, { labels, users, items, movies, madeFiles }),
  };
}

/** The target without the list of labels, which are those of the data set. */
function withoutLabels(target: Description["target"]): DeclaredTarget {
  if (!("labels" in target)) return target;
  const { labels: _, ...rest } = target;
  return rest;
}

/** @throws InputError for a number that is to be taken from a text, if all that are found are outside its range. */
function checkFoundNumbers(
  inputs: DeclaredInputs,
  items: readonly ReadItem[],
  issues: IssueList,
): void {
  for (const [name, input] of Object.entries(inputs)) {
    if (!("from" in input) || input.from === undefined) continue;
    const { from, min, max } = input;
    const find = textFinder(from.pattern);
    const found = items.flatMap(({ values }) => find(values[from.input]) ?? []);
    const outside = found.filter((text) => !isAccepted(toNumber(text) ?? Number.NaN, input));
    if (outside.length === 0) continue;
    const field = `inputs.${name}`;
    const what = `${outside.length} of ${found.length} found in ${quote(from.input)}, e.g. ${quote(outside[0]!)}`;
    const range = `whole numbers from ${min} to ${max}`;
    if (outside.length === found.length) {
      throw new InputError(
        field,
        `cannot be trained yet: only years can, ${range}, and ${what}, are others; correct the pattern, or leave the input out`,
      );
    }
    issues.note(field, undefined, () => `${what}, are not ${range}, and not used.`);
  }
}

/** Adds the values that stand in tables of their own to the items'. @returns The users by input. */
async function addFromTables(
  { description, root }: DescribedOptions,
  items: readonly ReadItem[],
  issues: IssueList,
): Promise<Dataset["users"]> {
  const missing = new Set(description.missing);
  const ids = items.map(({ id }) => id);
  const known: Record<string, readonly User[]> = {};
  for (const [name, input] of Object.entries(description.inputs)) {
    const read = inputDataOf(input).readTable;
    if (read === undefined) continue;
    const field = `inputs.${name}`;
    const { users, values } = await read(input, { field, root, missing, issues }, ids);
    for (const [i, item] of items.entries()) item.values[name] = values[i]!;
    known[name] = users;
  }
  return known;
}

/**
 * All labels in order, where the description lists them or names a file with one on each line.
 *
 * @throws InputError if there is no such file, or if it has fewer than two labels.
 */
export async function readLabels(
  { target }: Description,
  root: string,
): Promise<string[] | undefined> {
  const labels = "labels" in target ? target.labels : undefined;
  if (typeof labels !== "string") return labels && [...new Set(labels)];
  let text: string;
  try {
    text = await readFile(resolve(root, labels), "utf8");
  } catch (error) {
    throw new InputError(
      "target.labels",
      `${labels} ${whyUnread(resolve(root, labels), error)}; it must be a file with one label on each line`,
    );
  }
  // Trimming also takes a byte order mark.
  const lines = text.split(/\r\n|\n|\r/);
  const found = new Set(lines.map((line) => line.trim()).filter((line) => line !== ""));
  if (found.size < 2) {
    throw new InputError(
      "target.labels",
      `${labels} has ${found.size === 0 ? "no label" : "one label"}; it must have at least two, one on each line`,
    );
  }
  return [...found];
}

function sidesOf(
  { split, target }: Description,
  items: readonly ReadItem[],
  labels: readonly string[],
  together: readonly (string | undefined)[],
): NonNullable<ReadItem["split"]>[] {
  if (typeof split.test !== "number") return items.map((item) => item.split ?? "train");
  const folds = stratifiedFolds(
    rulesOf(target).strata(items, labels),
    [1 - split.test, split.test],
    split.seed ?? SEED,
    together,
  );
  return folds.map((fold) => (fold === 0 ? "train" : "test"));
}

/** Sides that tables declare may divide groups; folds and a validation part that is drawn do not. */
function noteDividedGroups(
  { nouns }: Description,
  items: readonly ReadItem[],
  sides: readonly string[],
  issues: IssueList,
): void {
  const sidesOfGroup = new Map<string, Set<string>>();
  for (const [i, { group }] of items.entries()) {
    if (group === undefined) continue;
    const known = sidesOfGroup.get(group);
    if (known) known.add(sides[i]!);
    else sidesOfGroup.set(group, new Set([sides[i]!]));
  }
  const divided = [...sidesOfGroup].flatMap(([group, { size }]) => (size > 1 ? group : []));
  if (divided.length === 0) return;
  issues.note(
    "split.group",
    undefined,
    () =>
      `${divided.length} of ${sidesOfGroup.size} groups, e.g. ${quote(divided[0]!)}, are on several sides of the split, which flatters figures; put the ${nouns.items} of each on one side, or draw the split with "test": 0.2`,
  );
}

/** SHA-256 (hex) of everything that was read; of images in files, only their names. */
function digest(
  { description, inputs, root }: Pick<DescribedOptions, "description" | "inputs" | "root">,
  {
    labels,
    users,
    items,
    movies,
    madeFiles,
  }: Pick<Dataset, "labels" | "users" | "movies" | "madeFiles"> & {
    readonly items: readonly ReadItem[];
  },
): string {
  const hash = createHash("sha256");
  // The same data in another folder, or with another cache, is the same.
  const nameOf = (path: string) => (madeFiles?.has(path) ? basename(path) : relative(root, path));
  // One value of JSON after another: where they end is certain.
  const add = (value: unknown) => hash.update(JSON.stringify(value));
  add([description, labels, Object.values(users).flat()]);
  for (const [i, { id, values, labels: own, value, split, validation }] of movies.entries()) {
    add([id, own, validation ? "validation" : split, ...(value === undefined ? [] : [value])]);
    const { group } = items[i]!;
    if (group !== undefined) add({ group });
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === "object" && "users" in value) {
        add([name, value.users.length]);
        hash.update(value.users).update(value.stars);
      } else {
        add([name, isPath(inputs[name]!) ? nameOf(String(value)) : value]);
      }
    }
  }
  return hash.digest("hex");
}
