/** PNG (W3C, third edition): checks the chunks from the first to the last. */

import { issueOf } from "../issues.ts";
import { readOrientation, within } from "./exif.ts";
import { fourCC, type Header, ImageError, mustReach } from "./header.ts";
import type { Turn } from "./turn.ts";

const SIGNATURE_LENGTH = 8;
/** Length, type and checksum around a chunk's data. */
const CHUNK_OVERHEAD = 12;

/** Chunks of which it matters whether they have come; a file may have millions of other types. */
const REMEMBERED = ["IEND", "acTL", "fcTL"];

/** CRC-32 (ISO 3309, polynomial 0xedb88320) of each byte with 0 to 3 zeros behind it, so that four bytes go at a time. */
const CRC_TABLES = [0, 1, 2, 3].map((zeros) =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8 * (zeros + 1); bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return crc;
  }),
) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];

function crc32(view: DataView, start: number, end: number): number {
  const [table, one, two, three] = CRC_TABLES;
  let crc = 0xffffffff;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^= view.getUint32(at, true);
    crc =
      three[crc & 0xff]! ^
      two[(crc >>> 8) & 0xff]! ^
      one[(crc >>> 16) & 0xff]! ^
      table[crc >>> 24]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ table[(crc ^ view.getUint8(at)) & 0xff]!;
  return ~crc >>> 0;
}

/** @throws ImageError, or RangeError if the file ends before its IEND chunk does. */
export function readPng(view: DataView): Header {
  if (fourCC(view, 12) !== "IHDR") throw new ImageError(issueOf("damaged"));
  const seen = new Set<string>();
  let turn: Turn | undefined;
  for (let at = SIGNATURE_LENGTH; !seen.has("IEND"); ) {
    const type = fourCC(view, at + 4);
    // Browsers show the first frame, other decoders the image before it.
    if (type === "IDAT" && seen.has("acTL") && !seen.has("fcTL")) {
      throw new ImageError(issueOf("oddAnimation"));
    }
    if (REMEMBERED.includes(type)) seen.add(type);
    const end = at + CHUNK_OVERHEAD + view.getUint32(at);
    mustReach(view, end);
    // Decoders differ on which chunks may be damaged.
    if (crc32(view, at + 4, end - 4) !== view.getUint32(end - 4))
      throw new ImageError(issueOf("damaged"));
    if (type === "eXIf") turn ??= readOrientation(within(view, at + 8, end - 4));
    at = end;
  }
  return { width: view.getUint32(16), height: view.getUint32(20), turn };
}
