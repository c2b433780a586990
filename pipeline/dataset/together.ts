/** Which items stay on one side wherever a data set is split: those of one declared group, and those with the same image. */

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { LabelledMovie } from "./dataset.ts";
import { type DeclaredInputs, imagesOf } from "./inputs.ts";

/**
 * Group keys for `stratifiedFolds`. Who shares a declared group or an image with one item, and another with a second, keeps
 * both together.
 *
 * @param items Values, and the group that the data set declares, if any.
 * @returns Key per item; undefined for those that are on their own.
 */
export async function keepTogether(
  items: readonly Pick<LabelledMovie, "values" | "group">[],
  inputs: DeclaredInputs,
): Promise<(string | undefined)[]> {
  const declared = new Map<string, number[]>();
  for (const [index, { group }] of items.entries()) {
    if (group !== undefined) addTo(declared, group, index);
  }
  const together = [...declared.values(), ...(await itemsByImage(items, inputs))];
  return joinedKeys(together, items.length);
}

/** Number of parts that can be on different sides: items on their own, and groups. */
export function countApart(items: readonly Pick<LabelledMovie, "group">[]): number {
  const groups = new Set(items.flatMap(({ group }) => group ?? []));
  return groups.size + items.filter(({ group }) => group === undefined).length;
}

/** The items of every image that several have, by their bytes. Only files of equal size are read, none is decoded. */
async function itemsByImage(
  items: readonly Pick<LabelledMovie, "values">[],
  inputs: DeclaredInputs,
): Promise<number[][]> {
  const byPath = new Map<string, number[]>();
  for (const [index, item] of items.entries()) {
    for (const path of new Set(imagesOf(item, inputs))) addTo(byPath, path, index);
  }
  const bySize = new Map<number, string[]>();
  for (const path of byPath.keys()) addTo(bySize, (await stat(path)).size, path);
  const byContent = new Map<string, number[]>();
  for (const [size, paths] of bySize) {
    for (const path of paths) {
      // A file alone with its size is like no other.
      const key = paths.length === 1 ? String(size) : await sha256Of(path);
      for (const index of byPath.get(path)!) addTo(byContent, key, index);
    }
  }
  return [...byContent.values()].filter((indices) => new Set(indices).size > 1);
}

async function sha256Of(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

/** @param together Indices of items that stay together. @returns Keys as of `keepTogether`. */
function joinedKeys(
  together: readonly (readonly number[])[],
  count: number,
): (string | undefined)[] {
  // Each item leads to an earlier one of its group, and the first to itself.
  const earlier = Uint32Array.from({ length: count }, (_, index) => index);
  const firstOf = (index: number): number => {
    let at = index;
    while (earlier[at] !== at) {
      earlier[at] = earlier[earlier[at]!]!;
      at = earlier[at]!;
    }
    return at;
  };
  for (const [first, ...others] of together) {
    for (const other of others) {
      const [a, b] = [firstOf(first!), firstOf(other)];
      earlier[Math.max(a, b)] = Math.min(a, b);
    }
  }
  const sizes = new Uint32Array(count);
  for (let index = 0; index < count; index++) sizes[firstOf(index)]!++;
  return Array.from({ length: count }, (_, index) => {
    const first = firstOf(index);
    return sizes[first]! > 1 ? String(first) : undefined;
  });
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
