/** Reads a data set that a description declares. */

import { createHash } from "node:crypto";
import type { Dataset, LabelledMovie } from "../dataset.ts";
import type { Description } from "../description.ts";
import type { DeclaredInputs } from "../inputs.ts";
import { createIssueList, type IssueList } from "../issues.ts";
import { labelIndices, stratifiedFolds } from "../splits.ts";
import { type ReadItem, readItems } from "./items.ts";
import { readRatings } from "./ratings.ts";

export interface DescribedOptions {
  readonly description: Description;
  readonly inputs: DeclaredInputs;
  /** Folder that paths are relative to. */
  readonly root: string;
  /** Throw on the first rows that cannot be used, instead of skipping them. */
  readonly strict: boolean;
}

/** Of a split by shares, unless the description gives another. */
const SEED = 42;

/** @throws InputError if a table cannot be read or lacks a column; Error in strict mode where rows cannot be used. */
export async function readDescribed(options: DescribedOptions): Promise<Dataset> {
  const { description, inputs, root, strict } = options;
  const issues = createIssueList();
  const items = await readItems({ description, root, issues });
  const users = await addRatings(options, items, issues);
  if (strict) issues.throwIfAny();
  const labels = listLabels(description, items);
  const sides = sidesOf(description, items, labels);
  const movies = items.map(
    ({ id, values, labels: own }, i): LabelledMovie => ({
      id,
      values,
      labels: own,
      split: sides[i]!,
    }),
  );
  return {
    name: description.name,
    synthetic: false,
    inputs,
    labels,
    users,
    movies,
    issues: issues.list,
    issueCounts: issues.counts,
    noteCounts: issues.noteCounts,
    sha256: digest(description, movies),
  };
}

/** Adds ratings to the items' values. @returns The users. */
async function addRatings(
  { description, root }: DescribedOptions,
  items: readonly ReadItem[],
  issues: IssueList,
): Promise<Dataset["users"]> {
  const missing = new Set(description.missing);
  for (const [name, input] of Object.entries(description.inputs)) {
    if (input.type !== "ratings") continue;
    const ids = items.map(({ id }) => id);
    const field = `inputs.${name}`;
    const { users, ratings } = await readRatings({ input, field, root, missing, issues }, ids);
    for (const [i, item] of items.entries()) item.values[name] = ratings[i]!;
    return users;
  }
  return [];
}

/** The description's, or those of the items, in the order of first appearance. */
function listLabels({ target }: Description, items: readonly ReadItem[]): string[] {
  const listed = target.type === "labels" && Array.isArray(target.labels) ? target.labels : [];
  return [...new Set([...listed, ...items.flatMap(({ labels }) => labels)])];
}

function sidesOf(
  { split }: Description,
  items: readonly ReadItem[],
  labels: readonly string[],
): ("train" | "test")[] {
  if (typeof split.test !== "number") return items.map((item) => item.split ?? "train");
  const folds = stratifiedFolds(
    labelIndices(items, labels),
    [1 - split.test, split.test],
    split.seed ?? SEED,
    items.map(({ group }) => group),
  );
  return folds.map((fold) => (fold === 0 ? "train" : "test"));
}

/** SHA-256 (hex) of everything that was read. */
function digest(description: Description, movies: readonly LabelledMovie[]): string {
  const hash = createHash("sha256").update(JSON.stringify(description));
  for (const { id, values, labels, split } of movies) {
    hash.update(JSON.stringify([id, labels, split]));
    for (const [name, value] of Object.entries(values)) {
      hash.update(name);
      if (typeof value === "object") hash.update(value.users).update(value.stars);
      else hash.update(String(value));
    }
  }
  return hash.digest("hex");
}
