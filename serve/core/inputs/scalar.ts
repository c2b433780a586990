/** Single values in requests: text, numbers, true and false, each of which tables take for any of them. */

import * as z from "zod";
import { nameOfType } from "../validation.ts";

/**
 * @param expected What the field takes, for errors.
 * @param text Schema of texts.
 */
export function scalar(expected: string, text: z.ZodString = z.string()) {
  return z.union([text, z.number(), z.boolean()], {
    error: ({ input }) => {
      if (input === undefined) return `is missing; expected ${expected}`;
      return typeof input === "number"
        ? `is not ${expected}`
        : `is ${nameOfType(input)}, expected ${expected}`;
    },
  });
}

/** The types of such a value in JSON Schema. */
export const SCALAR_TYPES = ["string", "number", "boolean"] as const;
