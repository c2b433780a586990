/** Which items stay on one side wherever a data set is split: those of one declared group, and those with the same image. */

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { relative } from "node:path";
import { MOVIE_NOUNS, type Nouns } from "../../predictor/nouns.ts";
import type { LabelledMovie, TablePlace } from "./dataset.ts";
import { type DeclaredInputs, imagesOf } from "./inputs.ts";
import type { IssueList } from "./issues.ts";

/**
 * When an image is taken for a placeholder, such as "no image": if it is of more items than a fold of five has, or of half
 * a usual validation part and of several times as many items as the median image. Of few items, none is.
 */
const PLACEHOLDER = { items: 10, share: 0.2, unusualShare: 0.05, timesUsual: 4 };

export interface TogetherSource {
  /** Folder that files are named in. */
  readonly root: string;
  readonly nouns?: Nouns | undefined;
  /** See `Dataset`. */
  readonly madeFiles?: ReadonlyMap<string, TablePlace> | undefined;
  /** Placeholders are noted there. */
  readonly issues: IssueList;
}

/**
 * Group keys for `stratifiedFolds`. Who shares a declared group or an image with one item, and another with a second, keeps
 * both together. Placeholders keep no items together.
 *
 * @param items Values, and the group that the data set declares, if any.
 * @returns Key per item; undefined for those that are on their own.
 */
export async function keepTogether(
  items: readonly Pick<LabelledMovie, "values" | "group">[],
  inputs: DeclaredInputs,
  source: TogetherSource,
): Promise<(string | undefined)[]> {
  const declared = new Map<string, number[]>();
  for (const [index, { group }] of items.entries()) {
    if (group !== undefined) addTo(declared, group, index);
  }
  const images = await findImages(items, inputs);
  const isPlaceholder = placeholderRule(images, items.length);
  for (const image of images) if (isPlaceholder(image)) note(image, items.length, source);
  const shared = images.filter((image) => !isPlaceholder(image)).map(({ of }) => of);
  return joinedKeys([...declared.values(), ...shared], items.length);
}

/** Number of parts that can be on different sides: items on their own, and groups. */
export function countApart(items: readonly Pick<LabelledMovie, "group">[]): number {
  const groups = new Set(items.flatMap(({ group }) => group ?? []));
  return groups.size + items.filter(({ group }) => group === undefined).length;
}

interface Image {
  /** The first file with these bytes. */
  readonly path: string;
  /** Indices of the items that have it, each once. */
  readonly of: readonly number[];
}

/** Every image, by its bytes, with the items that have it. Only files of equal size are read, none is decoded. */
async function findImages(
  items: readonly Pick<LabelledMovie, "values">[],
  inputs: DeclaredInputs,
): Promise<Image[]> {
  const byPath = new Map<string, number[]>();
  for (const [index, item] of items.entries()) {
    for (const path of imagesOf(item, inputs)) addTo(byPath, path, index);
  }
  const bySize = new Map<number, string[]>();
  for (const path of byPath.keys()) addTo(bySize, (await stat(path)).size, path);
  const byContent = new Map<string, string[]>();
  for (const [size, paths] of bySize) {
    for (const path of paths) {
      // A file alone with its size is like no other.
      addTo(byContent, paths.length === 1 ? String(size) : await sha256Of(path), path);
    }
  }
  return [...byContent.values()].map((paths) => ({
    path: paths[0]!,
    of: [...new Set(paths.flatMap((path) => byPath.get(path)!))],
  }));
}

/** @param count Number of all items. */
function placeholderRule(images: readonly Image[], count: number): (image: Image) => boolean {
  const sizes = images.map(({ of }) => of.length).sort((a, b) => a - b);
  const usual = sizes[(sizes.length - 1) >> 1] ?? 0;
  const { items, share, unusualShare, timesUsual } = PLACEHOLDER;
  const unusual = Math.max(unusualShare * count, timesUsual * usual);
  const most = Math.max(items, Math.min(share * count, unusual));
  return ({ of }) => of.length > most;
}

function note(
  { path, of }: Image,
  count: number,
  { root, nouns = MOVIE_NOUNS, madeFiles, issues }: TogetherSource,
): void {
  const made = madeFiles?.get(path);
  // About the whole file: a run shows few notes on lines.
  issues.note(
    made?.file ?? relative(root, path),
    undefined,
    () =>
      `${made ? `the image of line ${made.line} ` : ""}is shared by ${of.length} of ${count} ${nouns.items} and taken for a placeholder: it does not keep them together where ${nouns.items} are split. Leave it out of those without an image of their own; if they belong together, name a "group".`,
  );
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
