/** Builds and merges options in the form of config files, with sections as nested objects. */

import { isSection, type Options } from "../config/compare.ts";

/** ("poster.epochs", 4) -> { poster: { epochs: 4 } } */
export function nested(path: string, value: unknown): Options {
  // fromEntries creates own keys only, also for names such as "__proto__".
  return path
    .split(".")
    .reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value) as Options;
}

/** `base` overridden by `over`: sections are merged; other values, including lists, are replaced. */
export function merged(base: Options, over: Options): Options {
  const entries = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const current = entries.get(key);
    entries.set(key, isSection(current) && isSection(value) ? merged(current, value) : value);
  }
  return Object.fromEntries(entries);
}
