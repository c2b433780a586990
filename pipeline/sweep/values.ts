/** Options as config files have them, sections within objects, and how they are laid over each other. */

import { isSection, type Options } from "../config/compare.ts";

/** ("poster.epochs", 4) -> { poster: { epochs: 4 } } */
export function nested(path: string, value: unknown): Options {
  // fromEntries makes own keys only, whatever they are called.
  return path
    .split(".")
    .reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value) as Options;
}

/** `over` wins; sections are merged, all else, lists too, is replaced. */
export function merged(base: Options, over: Options): Options {
  const entries = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const held = entries.get(key);
    entries.set(key, isSection(held) && isSection(value) ? merged(held, value) : value);
  }
  return Object.fromEntries(entries);
}
