/** Options as config files have them, sections within objects, and how they are laid over each other. */

export type Options = Readonly<Record<string, unknown>>;

/** Whether a value is an object with keys, not a list. */
export function isSection(value: unknown): value is Options {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

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

/** "poster.channels" -> value, for every option that is no section. */
export function flattened(options: Options, path: readonly string[] = []): Map<string, unknown> {
  return new Map(
    Object.entries(options).flatMap(([key, value]) =>
      isSection(value)
        ? [...flattened(value, [...path, key])]
        : [[[...path, key].join("."), value] as const],
    ),
  );
}
