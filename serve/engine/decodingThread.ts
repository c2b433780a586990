/** Set-up of every thread that decodes images. */

import sharp from "sharp";
import { lowerThreadPriority } from "./priority.ts";

/** The thread gets less of the processor than the event loop, and libvips starts no threads of its own in it. */
export function setUpDecodingThread(): void {
  lowerThreadPriority();
  sharp.concurrency(1);
  // libvips would keep what it decoded; every image is another file, and the caller has a cache.
  sharp.cache(false);
}
