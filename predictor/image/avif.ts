/** AVIF (a HEIF file, ISO/IEC 23008-12): size and orientation of the primary image, from the boxes of its `meta` box. */

import { issueOf } from "../issues.ts";
import { fourCC, type Header, ImageError } from "./header.ts";
import type { Turn } from "./turn.ts";

interface Box {
  readonly type: string;
  /** Positions of its content: first byte, and first byte after it. */
  readonly start: number;
  readonly end: number;
}

/** Most boxes in a box, or in the file. Encoders write about ten; a large file may consist of millions of empty ones. */
const MAX_BOXES = 1000;

/** @throws ImageError, or RangeError if the file ends within a box that matters. */
export function readAvif(view: DataView): Header {
  const meta = find(boxes(view, 0, view.byteLength), "meta");
  // A full box: version and flags come first.
  const inMeta = boxes(view, meta.start + 4, meta.end);
  const pitm = find(inMeta, "pitm").start;
  const primary = view.getUint8(pitm) === 0 ? view.getUint16(pitm + 4) : view.getUint32(pitm + 4);
  const iprp = find(inMeta, "iprp");
  const inIprp = boxes(view, iprp.start, iprp.end);
  const ipco = find(inIprp, "ipco");
  const properties = boxes(view, ipco.start, ipco.end);
  const mine = associations(view, find(inIprp, "ipma").start, primary).map(
    (index) => properties[index - 1],
  );
  const size = find(mine, "ispe").start;
  return {
    width: view.getUint32(size + 4),
    height: view.getUint32(size + 8),
    turn: readTurn(view, mine),
  };
}

function boxes(view: DataView, start: number, end: number): Box[] {
  const found: Box[] = [];
  for (let at = start; at < end; ) {
    let length = view.getUint32(at);
    let head = 8;
    if (length === 1) {
      length = Number(view.getBigUint64(at + 8));
      head = 16;
    } else if (length === 0) {
      length = end - at;
    }
    if (length < head) throw new ImageError(issueOf("damaged"));
    if (at + length > end) throw new RangeError("beyond the end");
    if (found.length === MAX_BOXES) {
      throw new ImageError(issueOf("tooManyBoxes", { most: MAX_BOXES }));
    }
    found.push({ type: fourCC(view, at + 4), start: at + head, end: at + length });
    at += length;
  }
  return found;
}

function find(among: readonly (Box | undefined)[], type: string): Box {
  const box = among.find((candidate) => candidate?.type === type);
  if (!box) throw new ImageError(issueOf("damaged"));
  return box;
}

/** Numbers, from 1, of the properties that an `ipma` box gives an item. */
function associations(view: DataView, start: number, item: number): number[] {
  const version = view.getUint8(start);
  const wide = (view.getUint8(start + 3) & 1) === 1;
  const entries = view.getUint32(start + 4);
  let at = start + 8;
  for (let entry = 0; entry < entries; entry++) {
    const id = version < 1 ? view.getUint16(at) : view.getUint32(at);
    at += version < 1 ? 2 : 4;
    const count = view.getUint8(at++);
    if (id === item) {
      return Array.from({ length: count }, (_, i) =>
        // The highest bit says whether the property is essential.
        wide ? view.getUint16(at + 2 * i) & 0x7fff : view.getUint8(at + i) & 0x7f,
      );
    }
    at += count * (wide ? 2 : 1);
  }
  throw new ImageError(issueOf("damaged"));
}

function readTurn(view: DataView, properties: readonly (Box | undefined)[]): Turn {
  const byte = (type: string) => {
    const box = properties.find((property) => property?.type === type);
    return box && view.getUint8(box.start);
  };
  const mirror = byte("imir");
  return {
    quarters: (byte("irot") ?? 0) & 3,
    ...(mirror === undefined ? {} : { mirror: mirror & 1 ? "sideways" : "upright" }),
  };
}
