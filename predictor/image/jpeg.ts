/** JPEG (ITU-T T.81, annex B): markers from the first to the last. */

import { issueOf } from "../issues.ts";
import { readOrientation, within } from "./exif.ts";
import { fourCC, type Header, ImageError, mustReach } from "./header.ts";
import type { Turn } from "./turn.ts";

const MARKER = 0xff;
const END_OF_IMAGE = 0xd9;
/** Start-of-frame markers: baseline, extended, progressive; browsers decode no others. */
const FRAMES = [0xc0, 0xc1, 0xc2];
const START_OF_SCAN = 0xda;
/** The application segment that holds Exif data, among others. */
const APP1 = 0xe1;
const EXIF = "Exif";
/** Marker, length, "Exif" and two zeros. */
const EXIF_HEAD = 10;
/** Encoders write about ten. Decoding a scan goes through the whole image, so thousands in a small file take minutes. */
const MAX_SCANS = 100;
/** 0xc0 to 0xcf without DHT, JPG and DAC. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Markers without a segment: stuffed zeros, TEM, restarts, start of image. */
const isBare = (marker: number) =>
  marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8) || marker === MARKER;

/** @throws ImageError, or RangeError if the file ends before its end-of-image marker. */
export function readJpeg(view: DataView): Header {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let header: Header | undefined;
  let turn: Turn | undefined;
  let scans = 0;
  for (let at = 2; ; ) {
    // Skips compressed data between segments; in it, a zero follows every 0xff.
    at = bytes.indexOf(MARKER, at);
    if (at < 0) throw new RangeError("no end of image");
    const marker = view.getUint8(at + 1);
    if (isBare(marker)) {
      at += marker === MARKER ? 1 : 2;
      continue;
    }
    if (marker === END_OF_IMAGE) break;
    if (isFrame(marker)) {
      const precision = view.getUint8(at + 4);
      if (!FRAMES.includes(marker) || precision !== 8) {
        throw new ImageError(issueOf("oddJpeg"));
      }
      header = {
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
      };
    }
    const length = view.getUint16(at + 2);
    if (marker === START_OF_SCAN && ++scans > MAX_SCANS) {
      throw new ImageError(issueOf("tooManyScans", { most: MAX_SCANS }));
    }
    if (marker === APP1 && length >= EXIF_HEAD - 2 && fourCC(view, at + 4) === EXIF) {
      mustReach(view, at + 2 + length);
      turn ??= readOrientation(within(view, at + EXIF_HEAD, at + 2 + length));
    }
    at += 2 + length;
  }
  if (!header) throw new ImageError(issueOf("damaged"));
  return { ...header, turn };
}
