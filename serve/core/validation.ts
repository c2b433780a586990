/** Turns zod's issues into ours, with the names of the fields. */

import type { z } from "zod";
import { HttpError, type ValidationIssue } from "./problems.ts";

/** Maximum number of issues reported for one request. */
const MAX_ISSUES = 20;
const MAX_CHARACTERS = 80;

export function invalidInput(issues: readonly ValidationIssue[]): HttpError {
  const detail = issues.map((issue) => `${issue.field}: ${issue.detail}`).join("; ");
  return new HttpError("invalid-input", detail, { issues });
}

/**
 * The issues that zod found, with fields as `movies[1].ratings[3].stars`.
 *
 * @param root Name of the value that was checked; empty if its fields are to stand alone.
 * @param whole Named where the value itself is wrong and `root` is empty.
 */
export function invalidBySchema(error: z.ZodError, root: string, whole = "body"): HttpError {
  return invalidInput(
    error.issues.slice(0, MAX_ISSUES).flatMap((issue) => {
      const field = fieldOf(root, issue.path);
      if (issue.code === "unrecognized_keys") {
        return issue.keys.slice(0, MAX_ISSUES).map((key) => ({
          field: fieldOf(root, [...issue.path, shorten(key)]),
          detail: "is not a field here",
        }));
      }
      return [{ field: field || whole, detail: messageOf(issue) }];
    }),
  );
}

/** A zod issue's message without its uninformative prefix. */
export function messageOf({ message }: z.core.$ZodIssue): string {
  return message.replace(/^Invalid input: /, "");
}

/** `movies`, 1, `year` make `movies[1].year`; a name that is not a word is quoted, as in `movies[1]["release date"]`. */
export function fieldOf(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((field, part) => {
    if (typeof part === "number") return `${field}[${part}]`;
    const name = String(part);
    if (!/^\w+$/.test(name)) return `${field}[${JSON.stringify(name)}]`;
    return field === "" ? name : `${field}.${name}`;
  }, root);
}

export function shorten(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}
