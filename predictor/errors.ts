/** The error that means "the caller's input is wrong", as opposed to a bug or a failing runtime. */

import { describeIssue, type Issue } from "./issues.ts";

export class InputError extends Error {
  /** The field with the issue, e.g. `ratings[3].stars`. */
  readonly field: string;
  /** What is wrong with it, without the field, in English. */
  readonly detail: string;
  /** The same for any language, where it is a row of the table of issues. */
  readonly issue: Issue | undefined;

  /** @param options The error that it comes of, as its `cause`. */
  constructor(field: string, issue: string | Issue, options?: ErrorOptions) {
    const detail = typeof issue === "string" ? issue : describeIssue(issue);
    super(`${field}: ${detail}`, options);
    this.name = "InputError";
    this.field = field;
    this.detail = detail;
    this.issue = typeof issue === "string" ? undefined : issue;
  }

  /** The same issue as a field of a larger input: `movies[1]` and `title` make `movies[1].title`. */
  within(whole: string): InputError {
    const { cause } = this;
    return new InputError(
      `${whole}.${this.field}`,
      this.issue ?? this.detail,
      cause === undefined ? undefined : { cause },
    );
  }
}
