/** JPEG (ITU-T T.81, annex B): markers from the first to the last. */

import { fourCC, type Header, ImageError } from "./header.ts";

const MARKER = 0xff;
const END_OF_IMAGE = 0xd9;
/** Start-of-frame markers: baseline, extended, progressive; browsers decode no others. */
const FRAMES = [0xc0, 0xc1, 0xc2];
const PROGRESSIVE = 0xc2;
const START_OF_SCAN = 0xda;
/** The application segment that holds Exif data, among others. */
const APP1 = 0xe1;
const EXIF = "Exif";
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
  let exif = false;
  let scans = 0;
  let progress: Progress | undefined;
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
        throw new ImageError("it is a JPEG of a kind that browsers do not decode");
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
      if (++scans > MAX_SCANS) throw new ImageError(`it has more than ${MAX_SCANS} scans`);
      progress?.add(view, at + 4);
    }
    if (marker === APP1 && length >= 6 && fourCC(view, at + 4) === EXIF) exif = true;
    at += 2 + length;
  }
  if (!header) throw new ImageError("it is damaged");
  const ordinary = !exif && !header.cmyk && (progress?.isComplete ?? true);
  return { ...header, ordinary };
}

/** Stand for a bit: no scan has sent the coefficient yet, or scans came out of order. */
const NOT_SENT = 255;
const OUT_OF_ORDER = 254;

/** Tracks which bits of the coefficients the scans of a progressive JPEG have sent (annex G). */
class Progress {
  /** For each component, by its identifier, the lowest bit sent of each of the 64 coefficients. */
  readonly #bits = new Map<number, Uint8Array>();
  readonly #components: number;

  constructor(components: number) {
    this.#components = components;
  }

  /** @param at Position of the scan's header, after its length field. */
  add(view: DataView, at: number): void {
    const count = view.getUint8(at);
    const end = at + 1 + 2 * count;
    const [first, last] = [view.getUint8(end), Math.min(63, view.getUint8(end + 1))];
    const bit = view.getUint8(end + 2);
    // A coefficient's first scan sends the bits down to `low`; each further scan must start where the previous one ended.
    const [high, low] = [bit >> 4 || NOT_SENT, bit & 15];
    for (let i = 0; i < count; i++) {
      const component = view.getUint8(at + 1 + 2 * i);
      const bits = this.#bits.get(component) ?? new Uint8Array(64).fill(NOT_SENT);
      for (let k = first; k <= last; k++) bits[k] = bits[k] === high ? low : OUT_OF_ORDER;
      this.#bits.set(component, bits);
    }
  }

  get isComplete(): boolean {
    const known = [...this.#bits.values()];
    return known.length === this.#components && known.every((bits) => bits.every((b) => b === 0));
  }
}
