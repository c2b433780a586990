/** Collects what a reader could not use, without letting a million bad lines fill the memory. */

import type { Problem } from "./dataset.ts";

/** Problems kept per file; beyond it they are only counted. */
const KEPT_PER_FILE = 100;

/** Problems spelled out in the error of strict mode. */
const SHOWN_IN_ERROR = 20;

export interface Problems {
  /** A line or file that is skipped; `message` is one sentence, made only if it is kept. */
  add(file: string, line: number | undefined, message: () => string): void;
  /** Something to know that cost no row; see `Problem.note`. */
  note(file: string, line: number | undefined, message: () => string): void;
  readonly list: readonly Problem[];
  readonly counts: Readonly<Record<string, number>>;
  /** Throws one error over everything added so far, notes aside; does nothing if there is nothing. */
  throwIfAny(): void;
}

export function createProblems(): Problems {
  const list: Problem[] = [];
  const counts: Record<string, number> = {};
  const kept = new Map<string, number>();
  let fatal = 0;

  function keep(file: string, line: number | undefined, message: () => string, note: boolean) {
    counts[file] = (counts[file] ?? 0) + 1;
    const key = `${note} ${file}`; // a flood of notes must not hide the errors
    const before = kept.get(key) ?? 0;
    if (before >= KEPT_PER_FILE) return;
    kept.set(key, before + 1);
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
    add(file, line, message) {
      fatal++;
      keep(file, line, message, false);
    },
    note: (file, line, message) => keep(file, line, message, true),
    throwIfAny() {
      if (fatal === 0) return;
      const shown = list.filter((problem) => !problem.note).slice(0, SHOWN_IN_ERROR);
      const rest = fatal - shown.length;
      throw new Error(
        [
          `${fatal} ${fatal === 1 ? "problem" : "problems"} in the data set (strict mode):`,
          ...shown.map((problem) => `  ${describeProblem(problem)}`),
          ...(rest > 0 ? [`  ... and ${rest} more`] : []),
          "Mend these lines, or read without strict mode to skip them.",
        ].join("\n"),
      );
    },
  };
}

/** "ratings.dat:17: unknown user 9." */
export function describeProblem({ file, line, message }: Problem): string {
  return `${file}${line === undefined ? "" : `:${line}`}: ${message}`;
}

/** A piece of the user's own text for a message: quoted, control characters escaped, cut short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
