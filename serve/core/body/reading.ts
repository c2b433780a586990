/** What the event loop and the threads that read bodies send each other. */

import type { ProblemCode, ValidationIssue } from "../problems.ts";

/** What threads know: how the model's manifest reads, packed once for all of them, and the script's own settings. */
export interface ReadingSetup<Own> {
  readonly manifest: SharedArrayBuffer;
  readonly own: Own;
}

/** What a thread answers: errors lose their class between threads. */
export type Reading<Result> =
  | { readonly result: Result }
  | {
      readonly code: ProblemCode;
      readonly detail: string;
      readonly issues: readonly ValidationIssue[];
    };

/** Buffers that nothing else is in: those of Node's pool hold several small ones. */
export function movable(views: readonly ArrayBufferView[]): ArrayBuffer[] {
  const own = views.filter((view) => view.byteLength === view.buffer.byteLength);
  return [...new Set(own.map(({ buffer }) => buffer as ArrayBuffer))];
}
