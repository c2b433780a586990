/** The error of an inference request that is not what the model takes. */

import { HttpError } from "../core/problems.ts";

/** @param detail Names the input that is wrong. */
export function wrong(detail: string): HttpError {
  return new HttpError("invalid-tensors", detail);
}
