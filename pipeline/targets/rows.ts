/** Rows of targets. */

import { concatenate } from "../common/matrix.ts";
import type { Targets, Truth } from "./targetRules.ts";

/** The rows of all parts, which are of one type, in order. */
export function joinTargets<T extends Targets | Truth>(parts: readonly T[]): T {
  const [first = new Uint8Array(0) as T] = parts;
  return concatenate(parts, first.subarray(0, 0) as T);
}
