/** Collects what a reader could not use, without letting a million bad lines fill the memory. */

import type { DataIssue } from "./dataset.ts";

/** Issues kept per file, and notes likewise; beyond it they are only counted. A page still shows so many at ease. */
export const KEPT_PER_FILE = 1000;

/** Issues spelled out in the error of strict mode. */
const SHOWN_IN_ERROR = 20;

export interface IssueList {
  /** A line or file that is skipped; `message` is one sentence, made only if it is kept. */
  add(file: string, line: number | undefined, message: () => string): void;
  /** Something to know that cost no row; see `DataIssue.note`. */
  note(file: string, line: number | undefined, message: () => string): void;
  readonly list: readonly DataIssue[];
  /** What was added, per file; notes are not among it. */
  readonly counts: Readonly<Record<string, number>>;
  readonly noteCounts: Readonly<Record<string, number>>;
  /** Throws one error over everything added so far, notes aside; does nothing if there is nothing. */
  throwIfAny(): void;
}

export function createIssueList(): IssueList {
  const list: DataIssue[] = [];
  const counts: Record<string, number> = {};
  const noteCounts: Record<string, number> = {};

  function keep(file: string, line: number | undefined, message: () => string, note: boolean) {
    const own = note ? noteCounts : counts; // a flood of notes must not hide the errors
    const before = own[file] ?? 0;
    own[file] = before + 1;
    if (before >= KEPT_PER_FILE) return;
    list.push({
      file,
      ...(line === undefined ? {} : { line }),
      message: message(),
      ...(note ? { note: true as const } : {}),
    });
  }

  return {
    list,
    counts,
    noteCounts,
    add: (file, line, message) => keep(file, line, message, false),
    note: (file, line, message) => keep(file, line, message, true),
    throwIfAny() {
      const total = countIssues(counts);
      if (total > 0) throw strictError(list, total);
    },
  };
}

/** Sum over the files. */
export function countIssues(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/**
 * What strict mode throws.
 *
 * @param issues The first of them; notes are passed over.
 * @param total How many there are in all, notes aside.
 */
export function strictError(issues: readonly DataIssue[], total: number): Error {
  const shown = issues.filter((issue) => !issue.note).slice(0, SHOWN_IN_ERROR);
  const rest = total - shown.length;
  return new Error(
    [
      `${total} ${total === 1 ? "issue" : "issues"} in the data set (strict mode):`,
      ...shown.map((issue) => `  ${describeIssue(issue)}`),
      ...(rest > 0 ? [`  ... and ${rest} more`] : []),
      "Mend these, or read without strict mode to skip them.",
    ].join("\n"),
  );
}

/** "ratings.dat:17: unknown user 9." */
export function describeIssue({ file, line, message }: DataIssue): string {
  return `${file}${line === undefined ? "" : `:${line}`}: ${message}`;
}

/** A piece of the user's own text for a message: quoted, control characters escaped, cut short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
