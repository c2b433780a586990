/** Collects data issues in bounded memory, even for a million bad lines. */

import type { DataIssue } from "./values.ts";

/** Issues kept per file, and notes kept per file; more are only counted. The HTML report can still show this many. */
export const KEPT_PER_FILE = 1000;

/** Issues listed in strict mode's error. */
const SHOWN_IN_ERROR = 20;

export interface IssueList {
  /** Adds a skipped line or file; `message` returns one sentence and is called only if the issue is kept. */
  add(file: string, line: number | undefined, message: () => string): void;
  /** Adds a note: information about a file that lost no row; see `DataIssue.note`. */
  note(file: string, line: number | undefined, message: () => string): void;
  readonly list: readonly DataIssue[];
  /** Number of issues per file, without notes. */
  readonly counts: Readonly<Record<string, number>>;
  readonly noteCounts: Readonly<Record<string, number>>;
  /** @throws Error with all issues added so far, if any; notes do not count. */
  throwIfAny(): void;
}

export function createIssueList(): IssueList {
  const list: DataIssue[] = [];
  const counts: Record<string, number> = {};
  const noteCounts: Record<string, number> = {};

  function keep(file: string, line: number | undefined, message: () => string, note: boolean) {
    const perFile = note ? noteCounts : counts; // separate, so that a flood of notes cannot hide issues
    const before = perFile[file] ?? 0;
    perFile[file] = before + 1;
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

/** Sum over all files. */
export function countIssues(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/**
 * The error that strict mode throws.
 *
 * @param issues The issues that were kept; notes among them are ignored.
 * @param total Total number of issues, without notes.
 */
export function strictError(issues: readonly DataIssue[], total: number): Error {
  const found = issues.filter((issue) => !issue.note);
  const shown = found.toSorted(byPlace).slice(0, SHOWN_IN_ERROR);
  const rest = total - shown.length;
  return new Error(
    [
      `${total} ${total === 1 ? "issue" : "issues"} in the data set (strict mode):`,
      ...shown.map((issue) => `  ${describeDataIssue(issue)}`),
      ...(rest > 0 ? [`  ... and ${rest} more`] : []),
      "Fix them, or read without strict mode to skip them.",
    ].join("\n"),
  );
}

/** Orders issues by file, and within a file by line; what is about a whole file comes first. */
export function byPlace(a: DataIssue, b: DataIssue): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0);
}

/** "ratings.dat:17: unknown user 9." */
export function describeDataIssue({ file, line, message }: DataIssue): string {
  return `${file}${line === undefined ? "" : `:${line}`}: ${message}`;
}

/** The first issue that lost something, for the end of a sentence: " (a.csv:2: has 3 columns)"; "" where there is none. */
export function describeFirst(issues: readonly DataIssue[]): string {
  const first = issues.filter(({ note }) => !note).toSorted(byPlace)[0];
  return first ? ` (${describeDataIssue(first).replace(/\.$/, "")})` : "";
}

/** Text from the data for use in a message: quoted, control characters escaped, cut after 60 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
