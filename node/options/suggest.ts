/** Suggests valid options for an unknown name. */

import { distance } from "fastest-levenshtein";
import { flagOf, kebab, type Setting, sectionsOf } from "./setting.ts";

/** Maximum number of suggestions. */
const SUGGESTIONS = 3;

/** "; did you mean --title-epochs?" for "--title-epoch". */
export function suggestFlags(
  flag: string,
  settings: readonly Setting[],
  hasConfig: boolean,
): string {
  const [, no, name] = /^--(no-)?([^=]*)/.exec(flag)!;
  const spelt = kebab(name!);
  const section = sectionsOf(settings)
    .filter((each) => spelt.startsWith(`${kebab(each)}-`))
    .sort((a, b) => b.length - a.length)[0];
  const known = [
    ...settings.map((setting) => setting.path),
    ...(hasConfig ? [["config"]] : []),
    ["help"],
  ];
  const found =
    section === undefined
      ? nearestTo(known, [], spelt)
      : nearestTo(known, [section], spelt.slice(kebab(section).length + 1));
  const flags = found.map((path) =>
    no && isSwitch(path, settings) ? flagOf(path).replace("--", "--no-") : flagOf(path),
  );
  return `; did you mean ${either(flags)}?`;
}

function isSwitch(path: readonly string[], settings: readonly Setting[]): boolean {
  return settings.some((setting) => setting.path === path && setting.schema.type === "boolean");
}

/**
 * Those of the `known` options that may be meant by `key` under `path`: the most similar names, in the same
 * section if it has one as similar as any, else in the others.
 */
export function nearestTo(
  known: readonly (readonly string[])[],
  path: readonly string[],
  key: string,
): (readonly string[])[] {
  const candidates = known.map((found) => ({
    path: found,
    sibling: found.length === path.length + 1 && path.every((part, i) => found[i] === part),
    // Without a section, a name may also be all of the words run together.
    distance: Math.min(
      distance(kebab(key), kebab(found.at(-1)!)),
      isPartOf(key, found.at(-1)!) ? PART : Number.POSITIVE_INFINITY,
      path.length === 0 ? distance(kebab(key), kebab(found.join("-"))) : Number.POSITIVE_INFINITY,
    ),
  }));
  const least = Math.min(...candidates.map((candidate) => candidate.distance));
  const best = candidates.filter((candidate) => candidate.distance === least);
  const siblings = best.filter((candidate) => candidate.sibling);
  return (siblings.length > 0 ? siblings : best)
    .slice(0, SUGGESTIONS)
    .map((candidate) => candidate.path);
}

/** Those of an option's values that may be meant by a text: none if all are quite different. */
export function nearestValues(values: readonly string[], text: string): string[] {
  return nearestTo(
    values.map((value) => [value]),
    [],
    text,
  )
    .map(([value]) => value!)
    .filter(
      (value) =>
        isPartOf(text, value) || distance(kebab(text), kebab(value)) <= WRONG * text.length,
    );
}

/** Share of a text's letters that a typing error changes at most. */
const WRONG = 0.5;

/** As far as a typing error is a name of which words are left out: `words` for `maxWords`. */
const PART = 1;

function isPartOf(key: string, name: string): boolean {
  const words = kebab(name).split("-");
  return kebab(key)
    .split("-")
    .every((word) => words.includes(word));
}

/** "a", "a or b", "a, b or c" */
export function either(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
