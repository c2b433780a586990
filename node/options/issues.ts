/** Validation issues of a configuration, in a sentence each. */

import type { z } from "zod";
import { type Setting, sectionsOf } from "./setting.ts";
import { either, nearestTo } from "./suggest.ts";

/** One line per issue, or per key where keys are unknown: these name the nearest options. */
export function describeIssue(
  issue: z.core.$ZodIssue,
  value: unknown,
  settings: readonly Setting[],
): string[] {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") {
    const found = lookUp(value, path);
    // A default can be at fault too, together with what was given beside it.
    const given = found === undefined ? "" : ` (given: ${JSON.stringify(found)})`;
    const fault = issue.message.replace(/^Invalid input: /, "is wrong: ");
    return [`${path.join(".") || "the whole"} ${fault}${given}`];
  }
  return issue.keys.map((key) => {
    const known = [
      ...settings.map((setting) => setting.path),
      ...sectionsOf(settings).map((name) => [name]),
    ];
    const nearest = nearestTo(known, path, key).map((found) => `"${found.join(".")}"`);
    return `"${[...path, key].join(".")}" is not an option; did you mean ${either(nearest)}?`;
  });
}

function lookUp(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<string, unknown> | undefined)?.[key],
    value,
  );
}
