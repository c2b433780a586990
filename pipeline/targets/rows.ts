/** Rows of targets. */

import { concatenate } from "../common/matrix.ts";
import type { Targets } from "./targetRules.ts";

/** The rows of all parts, which are of one type, in order. */
export function joinTargets(parts: readonly Targets[]): Targets {
  return parts.some((part) => part instanceof Float32Array)
    ? concatenate(parts as readonly Float32Array[], new Float32Array(0))
    : concatenate(parts as readonly Uint8Array[], new Uint8Array(0));
}
