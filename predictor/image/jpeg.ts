/** JPEG (ITU-T T.81, annex B): markers from the first to the last. */

import { Fault, fourCC, type Header } from "./header.ts";

const MARKER = 0xff;
const END_OF_IMAGE = 0xd9;
/** Start-of-frame markers: baseline, extended, progressive; browsers decode no others. */
const FRAMES = [0xc0, 0xc1, 0xc2];
/** The segment of applications that Exif, among others, is found in. */
const APP1 = 0xe1;
const EXIF = "Exif";
/** All of the range but its tables (DHT, JPG, DAC). */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Markers without a segment: stuffed zeros, TEM, restarts, start of image. */
const isBare = (marker: number) =>
  marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8) || marker === MARKER;

/** @throws Fault, or RangeError if the file ends before its end-of-image marker. */
export function readJpeg(view: DataView): Header {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let header: Header | undefined;
  let exif = false;
  for (let at = 2; ; ) {
    // Between segments lies compressed data, in which a zero follows every 0xff.
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
        throw new Fault("it is a JPEG of a kind that browsers do not decode");
      }
      const components = view.getUint8(at + 9);
      header = {
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        cmyk: components === 4,
      };
    }
    const length = view.getUint16(at + 2);
    if (marker === APP1 && length >= 6 && fourCC(view, at + 4) === EXIF) exif = true;
    at += 2 + length;
  }
  if (!header) throw new Fault("it is damaged");
  return { ...header, exif };
}
