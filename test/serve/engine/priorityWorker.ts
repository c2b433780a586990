/** Lowers its thread's priority, and says what it is. */

import { getPriority } from "node:os";
import { giveWay } from "../../../serve/engine/priority.ts";

export default function lowered(): number {
  giveWay();
  return getPriority();
}
