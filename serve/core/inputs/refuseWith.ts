/** What the predictor refuses, as issues of a schema. */

import type * as z from "zod";
import { InputError } from "../../../predictor/errors.ts";

/**
 * Makes the refinement of a field.
 *
 * @param name Of the input.
 * @param check Throws InputError that names the input, or a place in its list such as `prices[3]`.
 */
export function refuseWith<Value>(
  name: string,
  check: (value: Value) => void,
): (value: Value, context: z.RefinementCtx) => void {
  return (value, context) => {
    try {
      check(value);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const index = /^\[(\d+)\]$/.exec(error.field.slice(name.length))?.[1];
      const path = index === undefined ? [] : [Number(index)];
      context.addIssue({ code: "custom", message: error.detail, path });
    }
  };
}
