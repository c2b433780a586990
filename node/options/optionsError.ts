/** The error that means "the options are wrong": its message is all that a user needs. */
export class OptionsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "OptionsError";
  }
}
