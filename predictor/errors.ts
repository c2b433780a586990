/** The error that means "the caller's input is wrong", as opposed to a bug or a failing runtime. */

export class InputError extends Error {
  /** Where in the input the fault is, e.g. `ratings[3].stars`. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field}: ${message}`);
    this.name = "InputError";
    this.field = field;
  }
}
