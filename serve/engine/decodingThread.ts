/** Set-up of every thread that decodes images. */

import { lowerThreadPriority } from "./priority.ts";

/** The thread gets less of the processor than the event loop. */
export function setUpDecodingThread(): void {
  lowerThreadPriority();
}
