/** The error that means "the caller's input is wrong", as opposed to a bug or a failing runtime. */

export class InputError extends Error {
  /** Where in the input the fault is, e.g. `ratings[3].stars`. */
  readonly field: string;
  /** What is wrong with it, without the field. */
  readonly detail: string;

  constructor(field: string, detail: string) {
    super(`${field}: ${detail}`);
    this.name = "InputError";
    this.field = field;
    this.detail = detail;
  }

  /** The same fault, seen from the caller who gave the whole: `movies[1]` and `title` make `movies[1].title`. */
  within(whole: string): InputError {
    return new InputError(`${whole}.${this.field}`, this.detail);
  }
}
