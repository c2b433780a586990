/** Lowers its thread's priority, and returns it. */

import { getPriority } from "node:os";
import { lowerThreadPriority } from "../../../serve/engine/priority.ts";

export default function lowered(): number {
  lowerThreadPriority();
  return getPriority();
}
