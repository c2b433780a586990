/**
 * Names for the open first axes of a graph model's inputs while its graph is written. They may be one batch size or
 * several: arithmetic on sizes takes them for different, and what combines values row by row for equal. Which they are
 * is settled when the graph is complete (graph/batches.ts).
 */
import type { Dim } from "./ir.ts";

/** The batch size of the input number `i`, such as `batch#0#`. */
export const ownBatch = (base: string, i: number): string => `${base}#${i}#`;

const PATTERN = /^(.*)#\d+#$/;

/** `batch` of `batch#0#`; undefined for other sizes. */
export function baseOfBatch(d: Dim): string | undefined {
  return typeof d === "string" ? PATTERN.exec(d)?.[1] : undefined;
}

/** Whether both are batch sizes: of inputs, or `batch` itself where the user gave an input's shape. */
export function bothBatches(a: Dim, b: Dim): boolean {
  const [x, y] = [baseOfBatch(a) ?? a, baseOfBatch(b) ?? b];
  return x !== null && x === y;
}
