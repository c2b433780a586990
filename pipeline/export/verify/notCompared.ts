/** Thrown where there is nothing to compare with: a file of its own, so that the command starts without tfjs's part. */

/** TensorFlow.js can give no second opinion on this model; the message says why. */
export class NotCompared extends Error {
  constructor(why: string) {
    super(why);
    this.name = "NotCompared";
  }
}
