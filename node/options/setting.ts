/** One option of a program: where it stands in the configuration, and its names elsewhere. */

import * as z from "zod";
import { capitalised } from "../../predictor/nouns.ts";

export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  /** Whether it is a secret, whose values are never shown. */
  readonly writeOnly?: boolean;
}

export interface Setting {
  /** Keys from the configuration's root, e.g. ["train", "batchSize"]. */
  readonly path: readonly string[];
  readonly schema: JsonSchema;
}

/** Every option of an object schema, those of its sections included, in order. */
export function settingsOf(schema: z.ZodType): Setting[] {
  return leaves(z.toJSONSchema(schema, { io: "input" }) as JsonSchema, []);
}

function leaves(schema: JsonSchema, path: readonly string[]): Setting[] {
  if (!schema.properties) return [{ path, schema }];
  return Object.entries(schema.properties).flatMap(([key, child]) => leaves(child, [...path, key]));
}

/** Names of the sections, e.g. "train". */
export function sectionsOf(settings: readonly Setting[]): string[] {
  return [...new Set(settings.flatMap(({ path }) => (path.length > 1 ? [path[0]!] : [])))];
}

/** `{ train: { batchSize } }` is `--train-batch-size` on the command line. */
export function flagOf(path: readonly string[]): string {
  return `--${kebab(path.join("-"))}`;
}

export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Sets the value at `path`, making sections where there are none. */
export function assign(
  target: Record<string, unknown>,
  path: readonly string[],
  value: unknown,
): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) target[key] = value;
  else {
    target[key] ??= {};
    assign(target[key] as Record<string, unknown>, rest, value);
  }
}

/** The name under which commander keeps the flag's value. */
export function camelCase(path: readonly string[]): string {
  return path.map((key, i) => (i === 0 ? key : capitalised(key))).join("");
}
