/** Compares configurations: which options affect results, and what differs between two configurations. */

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
