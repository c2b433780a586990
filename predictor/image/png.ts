/** PNG (W3C, third edition): chunks from the first to the last. */

import { Fault, fourCC, type Header, mustReach } from "./header.ts";

const SIGNATURE_LENGTH = 8;
/** Length, type and checksum around a chunk's data. */
const CHUNK_OVERHEAD = 12;

/** @throws Fault, or RangeError if the file ends before its IEND chunk does. */
export function readPng(view: DataView): Header {
  if (fourCC(view, 12) !== "IHDR") throw new Fault("it is damaged");
  const seen = new Set<string>();
  for (let at = SIGNATURE_LENGTH; !seen.has("IEND"); ) {
    const type = fourCC(view, at + 4);
    // Browsers would show the first frame, others the image before it.
    if (type === "IDAT" && seen.has("acTL") && !seen.has("fcTL")) {
      throw new Fault("it is an animated PNG whose first frame is not its image");
    }
    seen.add(type);
    at += CHUNK_OVERHEAD + view.getUint32(at);
    mustReach(view, at);
  }
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
