/** Compares configurations: which options affect results, and what differs between two configurations. */

import { basename, isAbsolute, relative, sep } from "node:path";

export type Options = Readonly<Record<string, unknown>>;

/** Options about paths, checks, output and parallelism: no trained model depends on them. */
export const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  "data",
  "out",
  "cache",
  "overwrite",
  "logDir",
  "log",
  "resume",
  "strict",
  "precisions",
  "foldWorkers",
  "threads",
  "comparisons",
  "learningCurve",
  "mistakes",
  "queue",
  "storage",
  // The name of `log` in the manifests of earlier versions.
  "watch",
]);

/** The options of a configuration, or of a config file, that the resulting metrics depend on, apart from the data itself. */
export function effective(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !WITHOUT_EFFECT.has(name)));
}

/**
 * The options as they may be published: of paths outside the current folder only the last part, and no user or password of
 * a URL.
 */
export function published(options: Options): Options {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, publishedValue(value)]),
  );
}

function publishedValue(value: unknown): unknown {
  if (typeof value === "string") return publishedText(value);
  if (Array.isArray(value)) return value.map(publishedValue);
  return isSection(value) ? published(value) : value;
}

/** See `published`. @param text Of an option: a path, several with commas between them, or anything else. */
export function publishedText(text: string): string {
  const url = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/@]*@)?(.*)$/i.exec(text);
  if (url) return `${url[1]}${url[2]}`;
  return text
    .split(",")
    .map((part) => {
      if (!isAbsolute(part)) return part;
      const inside = relative(".", part);
      return inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)
        ? basename(part)
        : inside || ".";
    })
    .join(",");
}

/** Whether a value is an object with keys, not a list. */
export function isSection(value: unknown): value is Options {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Path such as "poster.channels" -> value, for every option that is not a section. */
export function flattened(options: Options, path: readonly string[] = []): Map<string, unknown> {
  return new Map(
    Object.entries(options).flatMap(([key, value]) =>
      isSection(value)
        ? [...flattened(value, [...path, key])]
        : [[[...path, key].join("."), value] as const],
    ),
  );
}

/** "ratings.dropout: 0.1 -> 0.2" for every option that differs. */
export function differences(before: Options, now: Options): string[] {
  const old = flattened(before);
  // `before` was read from JSON, which has no undefined.
  const fresh = flattened(JSON.parse(JSON.stringify(now)) as Options);
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((path) => {
    const [from, to] = [old.get(path), fresh.get(path)].map((value) => JSON.stringify(value));
    return from === to ? [] : [`${path}: ${from ?? "not given"} -> ${to ?? "not given"}`];
  });
}
