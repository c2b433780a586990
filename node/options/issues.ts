/** Describes validation issues of a configuration, in one line each. */

import type * as z from "zod";
import { type Setting, sectionsOf } from "./setting.ts";
import { either, nearestTo, nearestValues } from "./suggest.ts";

/** One line per issue, or per key where keys are unknown: these name the nearest options. */
export function describeOptionIssue(
  issue: z.core.$ZodIssue,
  value: unknown,
  settings: readonly Setting[],
): string[] {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") {
    const found = lookUp(value, path);
    // The option may have its default, which can clash with an option that was given.
    const hidden = settings.some((setting) => setting.schema.writeOnly && isAt(setting, path));
    const given = found === undefined || hidden ? "" : ` (given: ${JSON.stringify(found)})`;
    const text = `${path.join(".") || "the whole"}${describeMessage(issue.message)}${given}`;
    const values = issue.code === "invalid_value" ? issue.values.map(String) : [];
    const nearest = typeof found === "string" ? nearestValues(values, found) : [];
    if (nearest.length === 0) return [text];
    return [`${text}; did you mean ${either(nearest.map((value) => JSON.stringify(value)))}?`];
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

/**
 * What follows the option's name. Zod's own messages go after a colon: "Too big: expected number to be <=9" becomes ": too
 * big, expected a number <=9". Messages of our schemas continue the sentence: " must be above 0".
 */
export function describeMessage(message: string): string {
  const size = /^Too (big|small): expected (\w+) to (be|have) (.*)$/.exec(message);
  if (size) {
    const [, direction, type, verb, limit] = size;
    const article = /^[aeiou]/.test(type!) ? "an" : "a";
    return `: too ${direction}, expected ${article} ${type} ${verb === "have" ? "with " : ""}${limit}`;
  }
  const rest = /^Invalid [\w ]+: (.*)$/.exec(message)?.[1];
  return rest === undefined ? ` ${message}` : `: ${rest}`;
}

/** Whether the path is the setting's, or of one of its elements. */
function isAt(setting: Setting, path: readonly string[]): boolean {
  return setting.path.every((key, i) => key === path[i]);
}

function lookUp(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<string, unknown> | undefined)?.[key],
    value,
  );
}
