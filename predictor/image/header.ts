/** Types and helpers shared by the header readers. */

import { describeIssue, type Issue } from "../issues.ts";
import type { Turn } from "./turn.ts";

export interface Header {
  /** Pixels, as stored: before the file's orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** How to turn the stored pixels; undefined where they are stored as they are to be seen. */
  readonly turn?: Turn | undefined;
}

/** A file is refused; the issue is a clause about "it", such as "it is damaged". */
export class ImageError extends Error {
  readonly issue: Issue;

  constructor(issue: Issue) {
    super(describeIssue(issue));
    this.issue = issue;
  }
}

/** Reads a four-character code, the name of a chunk or box. */
export function fourCC(view: DataView, at: number): string {
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  );
}

/** Throws a RangeError if the view ends before `end`. */
export function mustReach(view: DataView, end: number): void {
  if (end > 0) view.getUint8(end - 1);
}
