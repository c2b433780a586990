/** Set-up of every thread that decodes. */

import sharp from "sharp";
import { giveWay } from "./priority.ts";

/** Answers go before decoding; and it takes no thread besides its own. */
export function decodeAlone(): void {
  giveWay();
  // Threads are ours to count; libvips would start some of its own in each.
  sharp.concurrency(1);
  // Every poster is another file, and what was decoded is kept by the caller.
  sharp.cache(false);
}
