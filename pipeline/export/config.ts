/** Reads values of a layer's config with their types checked. tfjs accepts keys in snake_case and in camelCase. */
import { refuse } from "./errors.ts";

/** A layer's config as the file has it, keys in camelCase. */
export type LayerConfig = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `hard_sigmoid` -> `hardSigmoid`, as tfjs does for keys and for enumeration values. */
export function camelCase(name: string): string {
  return name.length <= 1 || !name.includes("_")
    ? name
    : name.replace(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase());
}

/** All keys in camelCase, at every depth; values stay as they are. */
export function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [camelCase(k), camelKeys(v)]));
}

/** A finite number, or `fallback` where the key is absent; anything else is refused. */
export function number(config: LayerConfig, key: string, fallback?: number): number {
  const value = config[key] ?? fallback;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    refuse(`"${key}" must be a number, it is ${JSON.stringify(value)}`);
  }
  return value;
}

/** Whether a value is a size: a whole number from 1 on. */
const isSize = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0;

/** A size, as a whole number above 0, or `fallback` where the key is absent; anything else is refused. */
export function whole(config: LayerConfig, key: string, fallback?: number): number {
  const value = config[key] ?? fallback;
  if (!isSize(value))
    refuse(`"${key}" must be a whole number above 0, it is ${JSON.stringify(value)}`);
  return value;
}

/** true or false, or `fallback` where the key is absent; anything else is refused. */
export function flag(config: LayerConfig, key: string, fallback: boolean): boolean {
  const value = config[key] ?? fallback;
  if (typeof value !== "boolean")
    refuse(`"${key}" must be true or false, it is ${JSON.stringify(value)}`);
  return value;
}

/** An enumeration value in camelCase; one that is not in `allowed` is refused. */
export function choice<T extends string>(
  config: LayerConfig,
  key: string,
  allowed: readonly T[],
  fallback: T,
): T {
  const raw = config[key] ?? fallback;
  const value = typeof raw === "string" ? camelCase(raw) : raw;
  const found = allowed.find((name) => name === value);
  if (found === undefined) {
    refuse(`"${key}" must be one of ${allowed.join(", ")}; it is ${JSON.stringify(raw)}`);
  }
  return found;
}

/** `n` sizes; one number stands for `n` equal ones. */
export function sizes(
  config: LayerConfig,
  key: string,
  n: number,
  fallback: number | readonly number[] | undefined,
): number[] {
  const value = config[key] ?? fallback;
  const list = typeof value === "number" ? Array<number>(n).fill(value) : value;
  if (!Array.isArray(list) || list.some((v) => typeof v !== "number")) {
    refuse(`"${key}" must be a number or ${n} numbers, it is ${JSON.stringify(value)}`);
  }
  // tfjs saves the number of a 1D layer as a list with one number
  const full = list.length === 1 && n > 1 ? Array<number>(n).fill(list[0] as number) : list;
  if (full.length !== n) refuse(`"${key}" must have ${n} numbers, it is ${JSON.stringify(value)}`);
  if (!full.every(isSize))
    refuse(`"${key}" must be whole numbers above 0, it is ${JSON.stringify(value)}`);
  return full as number[];
}
