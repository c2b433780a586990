/** JPEG (ITU-T T.81, annex B): markers from the first to the last. */

import { Fault, fourCC, type Header } from "./header.ts";

const MARKER = 0xff;
const END_OF_IMAGE = 0xd9;
/** Start-of-frame markers: baseline, extended, progressive; browsers decode no others. */
const FRAMES = [0xc0, 0xc1, 0xc2];
const PROGRESSIVE = 0xc2;
const START_OF_SCAN = 0xda;
/** The segment of applications that Exif, among others, is found in. */
const APP1 = 0xe1;
const EXIF = "Exif";
/** Encoders write about ten; each passes over the whole image, so that thousands of them in a small file take minutes. */
const MOST_SCANS = 100;
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
  let scans = 0;
  let progress: Progress | undefined;
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
      progress = marker === PROGRESSIVE ? new Progress(components) : undefined;
      header = {
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        cmyk: components === 4,
      };
    }
    const length = view.getUint16(at + 2);
    if (marker === START_OF_SCAN) {
      if (++scans > MOST_SCANS) throw new Fault(`it has more than ${MOST_SCANS} scans`);
      progress?.add(view, at + 4);
    }
    if (marker === APP1 && length >= 6 && fourCC(view, at + 4) === EXIF) exif = true;
    at += 2 + length;
  }
  if (!header) throw new Fault("it is damaged");
  const ordinary = !exif && !header.cmyk && (progress?.isComplete ?? true);
  return { ...header, ordinary };
}

/** Instead of a bit. */
const NOTHING = 255;
const DISORDER = 254;

/** How much the scans of a progressive JPEG have told of its coefficients (annex G). */
class Progress {
  /** Of each component, by its identifier, and coefficient: the lowest bit that was sent. */
  readonly #bits = new Map<number, Uint8Array>();
  readonly #components: number;

  constructor(components: number) {
    this.#components = components;
  }

  /** @param at Where the scan's header begins, behind its length. */
  add(view: DataView, at: number): void {
    const count = view.getUint8(at);
    const end = at + 1 + 2 * count;
    const [first, last] = [view.getUint8(end), Math.min(63, view.getUint8(end + 1))];
    const bit = view.getUint8(end + 2);
    // The first scan of a coefficient goes down to the bit `low`, and each further one begins where the one before it ended.
    const [high, low] = [bit >> 4 || NOTHING, bit & 15];
    for (let i = 0; i < count; i++) {
      const component = view.getUint8(at + 1 + 2 * i);
      const bits = this.#bits.get(component) ?? new Uint8Array(64).fill(NOTHING);
      for (let k = first; k <= last; k++) bits[k] = bits[k] === high ? low : DISORDER;
      this.#bits.set(component, bits);
    }
  }

  get isComplete(): boolean {
    const known = [...this.#bits.values()];
    return known.length === this.#components && known.every((bits) => bits.every((b) => b === 0));
  }
}
