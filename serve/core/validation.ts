/** Turns zod's issues into ours, with the names of the fields. */

import type * as z from "zod";
import { MAX_ISSUES } from "./list.ts";
import { HttpError, type ValidationIssue } from "./problems.ts";

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

/** What is wrong with a field, as the rest of a sentence that begins with its name. */
export function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return describeType(issue);
    case "too_big":
      return describeBound(issue.origin, issue.maximum, "more", issue.inclusive ?? true);
    case "too_small":
      return describeBound(issue.origin, issue.minimum, "fewer", issue.inclusive ?? true);
    case "invalid_value":
      return `is not ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "invalid_union":
      return issue.message === "Invalid input" ? "has the wrong type" : issue.message;
    default:
      return issue.message;
  }
}

/** What JSON has, by zod's names. */
const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  null: "null",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "a text",
};

/** What a value of JSON is, such as "a list". */
export function nameOfType(value: unknown): string {
  const type = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  return TYPES[type] ?? `of type ${type}`;
}

/** Zod's message is the only place where what came is. */
const RECEIVED = /received (\w+)$/;

function describeType({ expected, message }: z.core.$ZodIssueInvalidType): string {
  const wanted = TYPES[expected] ?? expected;
  const received = RECEIVED.exec(message)?.[1] ?? "";
  if (received === "undefined") return `is missing; expected ${wanted}`;
  const found = TYPES[received];
  // A number may be none: infinite, or not whole.
  if (found === undefined || received === expected) return `is not ${wanted}`;
  return `is ${found}, expected ${wanted}`;
}

/** @param inclusive Whether the bound itself is allowed. */
function describeBound(
  origin: string,
  bound: number | bigint,
  direction: "more" | "fewer",
  inclusive: boolean,
): string {
  if (origin === "string" || origin === "array") {
    const [one, many] = origin === "string" ? ["character", "characters"] : ["item", "items"];
    if (direction === "fewer" && bound === 1) return "is empty";
    return `has ${direction} than ${bound} ${bound === 1 ? one : many}`;
  }
  const wanted =
    direction === "more"
      ? `${inclusive ? "at most" : "less than"} ${bound}`
      : `${inclusive ? "at least" : "more than"} ${bound}`;
  return `must be ${wanted}`;
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
