/** The error that means "the caller's input is wrong", as opposed to a bug or a failing runtime. */

export class InputError extends Error {
  /** The field with the issue, e.g. `ratings[3].stars`. */
  readonly field: string;
  /** What is wrong with it, without the field. */
  readonly detail: string;

  constructor(field: string, detail: string) {
    super(`${field}: ${detail}`);
    this.name = "InputError";
    this.field = field;
    this.detail = detail;
  }

  /** The same issue as a field of a larger input: `movies[1]` and `title` make `movies[1].title`. */
  within(whole: string): InputError {
    return new InputError(`${whole}.${this.field}`, this.detail);
  }
}
