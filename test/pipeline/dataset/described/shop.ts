/** Reads small data sets of products whose tables and description a test gives. */

import { join } from "node:path";
import type { Dataset, Ratings } from "../../../../pipeline/dataset/dataset.ts";
import { declareInputs } from "../../../../pipeline/dataset/described/declare.ts";
import { readDescribed } from "../../../../pipeline/dataset/described/read.ts";
import { describeDataIssue } from "../../../../pipeline/dataset/issues.ts";
import { parseDescription } from "../../../../pipeline/dataset/parseDescription.ts";
import { folder } from "../folder.ts";

type Context = Parameters<typeof folder>[0];

/** What every test has that gives nothing else; all items are for training. */
const BASE = {
  name: "shop",
  items: "items.csv",
  id: "sku",
  inputs: { name: { type: "text" } },
  target: { type: "labels", column: "tags", separator: "|" },
  split: { test: 0.0001 },
};

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** @param keys Of the description, in place of the usual ones; `id: undefined` for none. */
export async function readShop(
  t: Context,
  files: Files,
  keys: object = {},
  strict = false,
): Promise<Dataset> {
  return readAt(await folder(t, files), keys, strict);
}

export function readAt(
  root: string,
  keys: object = {},
  strict = false,
  cache = join(root, "cache"),
): Promise<Dataset> {
  const description = parseDescription(JSON.stringify({ ...BASE, ...keys }), "dataset.json");
  const inputs = declareInputs(description);
  return readDescribed({ description, inputs, root, cache, strict });
}

/** Lines of CSV. */
export function csv(...lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

/** Issues and notes as they are shown. */
export function issuesOf({ issues }: Dataset): string[] {
  return issues.map((issue) => `${issue.note ? "note " : ""}${describeDataIssue(issue)}`);
}

export function idsOf({ movies }: Dataset, split?: "train" | "test"): string[] {
  return movies.filter((movie) => split === undefined || movie.split === split).map(({ id }) => id);
}

/** A user's ratings by item: `{ a1: { u1: 5 } }`. */
export function starsOf({ movies, users }: Dataset, input: string) {
  return Object.fromEntries(
    movies.map(({ id, values }) => {
      const { users: raters, stars } = values[input] as Ratings;
      return [
        id,
        Object.fromEntries(Array.from(raters, (user, i) => [users[input]![user]!.id, stars[i]!])),
      ];
    }),
  );
}
