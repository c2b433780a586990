/** The text of dataset.json -> a checked description; every mistake in one sentence with its line. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import {
  type DocumentNode,
  evaluate,
  type ObjectNode,
  parse,
  type ValueNode,
} from "@humanwhocodes/momoa";
import { distance } from "fastest-levenshtein";
import type * as z from "zod";
import { whyUnread } from "../../node/fileErrors.ts";
import { describeMessage } from "../../node/options/issues.ts";
import { OptionsError } from "../../node/options/optionsError.ts";
import { INPUT_SCHEMAS } from "../inputs/data.ts";
import { checkDescription } from "./checkDescription.ts";
import {
  DESCRIPTION_SCHEMA,
  type Description,
  NOUNS_SCHEMA,
  SPLIT_SCHEMA,
  TARGET_SCHEMAS,
} from "./description.ts";
import type { DescriptionIssue } from "./inputData.ts";
import { describeJsonError } from "./jsonError.ts";

/** @throws OptionsError if the file cannot be read, or see `parseDescription`. */
export async function readDescription(path: string): Promise<Description> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new OptionsError(`${path} ${whyUnread(path, error)}`);
  }
  return parseDescription(text, basename(path));
}

/**
 * Parses and checks a description. Keys that begin with // are comments, in every object.
 *
 * @param file Named in errors.
 * @throws OptionsError with a line for everything that is wrong: JSON, keys that are there twice or unknown (with the
 *   nearest known one), values, and what does not go together.
 */
export function parseDescription(text: string, file: string): Description {
  const document = parseJson(text.replace(/^\uFEFF/, ""), file);
  const lost = lostKeys(document.body, []);
  const value = withoutComments(evaluate(document));
  const result = DESCRIPTION_SCHEMA.safeParse(value);
  const issues = [
    ...lost,
    ...(result.success
      ? checkDescription(result.data)
      : result.error.issues.flatMap((issue) => describe(issue, value))),
  ];
  if (result.success && issues.length === 0) return result.data;
  const lines = issues.map(({ path, message, line }: DescriptionIssue & { line?: number }) => {
    const where = line ?? lineOf(document.body, path);
    return `${file}:${where}: ${path.map(String).join(".") || "the description"}${message}`;
  });
  throw new OptionsError([...new Set(lines)].join("\n"));
}

function parseJson(text: string, file: string): DocumentNode {
  try {
    return parse(text, { mode: "json" });
  } catch {
    const { message, line } = describeJsonError(text);
    throw new OptionsError(`${file}:${line ?? 1}: is not JSON (${message})`);
  }
}

/** Keys that would be lost without a word: those there twice, of which the last counts, and an input named __proto__. */
function lostKeys(
  node: ValueNode,
  path: readonly string[],
): (DescriptionIssue & { readonly line: number })[] {
  if (node.type === "Array") {
    return node.elements.flatMap(({ value }, i) => lostKeys(value, [...path, String(i)]));
  }
  if (node.type !== "Object") return [];
  const first = new Map<string, number>();
  return node.members.flatMap((member) => {
    const key = keyOf(member);
    const { line } = member.loc.start;
    const inside = lostKeys(member.value, [...path, key]);
    if (key === "__proto__" && path.join() === "inputs") {
      const message =
        ' cannot be the name of an input; choose another, and name the column with "column"';
      return [{ path: [...path, key], message, line }];
    }
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, line);
    if (earlier === undefined || isComment(key)) return inside;
    const message =
      path.join() === "inputs"
        ? ` is the name of two inputs; the other is on line ${earlier}`
        : ` is there twice; the other is on line ${earlier}`;
    return [{ path: [...path, key], message, line }, ...inside];
  });
}

function keyOf({ name }: ObjectNode["members"][number]): string {
  return name.type === "String" ? name.value : name.name;
}

function isComment(key: string): boolean {
  return key.startsWith("//");
}

function withoutComments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutComments);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !isComment(key))
      .map(([key, child]) => [key, withoutComments(child)]),
  );
}

/** Line of the innermost part of the path that is there. */
function lineOf(node: ValueNode, path: readonly PropertyKey[]): number {
  const [key, ...rest] = path;
  if (key === undefined) return node.loc.start.line;
  if (node.type === "Array") {
    const element = node.elements[Number(key)];
    return element ? lineOf(element.value, rest) : node.loc.start.line;
  }
  if (node.type !== "Object") return node.loc.start.line;
  const member = node.members.find((found) => keyOf(found) === key);
  if (!member) return node.loc.start.line;
  return rest.length === 0 ? member.loc.start.line : lineOf(member.value, rest);
}

function describe(issue: z.core.$ZodIssue, value: unknown): DescriptionIssue[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(path, value);
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: ` is not a known key; ${meant(key, known)}`,
    }));
  }
  if (issue.code === "invalid_key") {
    const message = issue.issues[0]?.message ?? "is not a valid name";
    return [{ path, message: ` cannot be an input's name: it ${message}` }];
  }
  if (issue.code === "invalid_union" && issue.discriminator !== undefined) {
    const types = Object.keys(path[0] === "target" ? TARGET_SCHEMAS : INPUT_SCHEMAS);
    const type = lookUp(value, path);
    return [
      {
        path,
        message:
          type === undefined
            ? ` is not given; one of ${types.join(", ")}`
            : ` is ${JSON.stringify(type)}; ${meant(String(type), types)}`,
      },
    ];
  }
  if (lookUp(value, path) === undefined) return [{ path, message: " is not given" }];
  if (issue.code === "invalid_union") return [{ path, message: unionMessage(issue, value) }];
  return [{ path, message: describeMessage(issue.message) }];
}

/** Tables are a union of which users mean the form that they have begun. */
function unionMessage(issue: z.core.$ZodIssueInvalidUnion, value: unknown): string {
  const given = lookUp(value, issue.path);
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return issue.path.at(-1) === "test"
      ? " must be a share between 0 and 1, or a table"
      : " must be a file's name, a list of them, or an object with one as its file";
  }
  const unknown = Object.keys(given).find((key) => !TABLE_KEYS.includes(key));
  if (unknown !== undefined) return `.${unknown} is not a known key; ${meant(unknown, TABLE_KEYS)}`;
  if (!("file" in given)) {
    return ` must have a file, and may have ${TABLE_KEYS.slice(1).join(", ")}`;
  }
  const wrong = ofObject(issue);
  const path = wrong.path.map((key) => `.${String(key)}`).join("");
  if (wrong.code === "invalid_union") return `${path} must be a file's name, or a list of them`;
  return wrong.code === "invalid_value"
    ? `${path} is ${JSON.stringify(lookUp(given, wrong.path))}, expected one of ${wrong.values.join(", ")}`
    : `${path}${describeMessage(wrong.message)}`;
}

/** What is wrong with a table that is an object, the last form in every union of them. */
function ofObject(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  const inner = issue.code === "invalid_union" ? issue.errors.at(-1)?.[0] : undefined;
  return inner === undefined || inner.path.length > 0 ? (inner ?? issue) : ofObject(inner);
}

const TABLE_KEYS = ["file", "separator", "columns", "encoding"];

/** The keys that an object at the path may have. */
function knownKeys(path: readonly PropertyKey[], value: unknown): string[] {
  const [first, second, third] = path;
  if (first === undefined) return Object.keys(DESCRIPTION_SCHEMA.shape);
  if (first === "nouns") return Object.keys(NOUNS_SCHEMA.shape);
  if (first === "split") return Object.keys(SPLIT_SCHEMA.shape);
  if (third === "users") return ["table", "id", "columns"];
  const { type } = (lookUp(value, path) ?? {}) as { type?: string };
  const schemas: Readonly<Record<string, { shape: object }>> =
    first === "inputs" && second !== undefined ? INPUT_SCHEMAS : TARGET_SCHEMAS;
  return Object.keys(schemas[type ?? ""]?.shape ?? {});
}

/** @returns "did you mean a? Known are a, b" */
export function meant(key: string, known: readonly string[]): string {
  const sorted = known.toSorted((a, b) => distance(key, a) - distance(key, b));
  const list = `known ${known.length === 1 ? "is" : "are"} ${known.join(", ")}`;
  return `did you mean "${sorted[0]}"? (${list})`;
}

function lookUp(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}
