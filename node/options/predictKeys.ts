/** Names of the options of `npm run predict`: for the command itself, and for what tells people how to call it. */

import { capitalised } from "../../predictor/nouns.ts";

/** Those of every bundle that are for shards. */
export const SHARD_KEYS = [
  "shards",
  "shardRows",
  "workers",
  "format",
  "queue",
  "storage",
  "merge",
] as const;

const OWN: readonly string[] = [
  "model",
  "precision",
  "top",
  "allowEmpty",
  "json",
  "input",
  "output",
  "rejects",
  "overwrite",
  ...SHARD_KEYS,
  "help",
];

/** Makes the function that names options: none twice, and none that the command has or reads as `--no-...`. */
export function createKeys(): (name: string, prefix: string) => string {
  const taken = new Set(OWN);
  return (name, prefix) => {
    let key = name.charAt(0).toLowerCase() + name.slice(1);
    while (taken.has(key) || /^no[A-Z]/.test(key)) {
      key = prefix + capitalised(key);
    }
    taken.add(key);
    return key;
  };
}

/** The options of inputs' values, by the inputs' names. @param claim Of `createKeys`. */
export function valueKeys(
  names: readonly string[],
  claim = createKeys(),
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, claim(name, "input")]));
}
