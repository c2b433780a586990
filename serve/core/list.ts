/** Lists in requests: no element of a list that is too long is looked at, and none after the first few that are wrong. */

import * as z from "zod";
import * as core from "zod/v4/core";

/** Most validation issues reported for one request; what comes after them is not checked. */
export const MAX_ISSUES = 20;

interface Bounds {
  readonly min?: number;
  readonly max: number;
}

/**
 * Zod's array, but for the order of its checks: an array of zod checks every element first, its length last, and goes
 * on whatever it finds, which takes seconds for a large request.
 */
export function list<Element extends z.ZodType>(
  element: Element,
  { min = 0, max }: Bounds,
): z.ZodArray<Element> {
  const array = new BoundedArray({ type: "array", element, most: max }) as z.ZodArray<Element>;
  const atMost = array.max(max);
  return min > 0 ? atMost.min(min) : atMost;
}

interface Definition extends core.$ZodArrayDef {
  /** Elements; more are not looked at. */
  readonly most: number;
}

/** `init` is an assertion function: TypeScript requires an explicit type of the object that it is called on (TS2775). */
const ARRAY: typeof z.ZodArray = z.ZodArray;

/** Extends zod's class in zod's own way, so that documentation is made of it as of any array. */
const BoundedArray: core.$constructor<z.ZodArray, Definition> = core.$constructor(
  "BoundedArray",
  (inst, definition) => {
    ARRAY.init(inst, definition as never);
    const { parse } = inst._zod;
    inst._zod.parse = (payload, context) => {
      const given: unknown = payload.value;
      if (!Array.isArray(given)) return parse(payload, context);
      // The check of the length, which comes next, says so.
      if (given.length > definition.most) return payload;
      const values: unknown[] = [];
      for (let i = 0; i < given.length && payload.issues.length < MAX_ISSUES; i++) {
        const result = definition.element._zod.run({ value: given[i], issues: [] }, context);
        if (result instanceof Promise) throw new core.$ZodAsyncError();
        payload.issues.push(...core.util.prefixIssues(i, result.issues));
        values.push(result.value);
      }
      // Cut short where something is wrong: the value is not used then, but its length is checked.
      payload.value = payload.issues.length > 0 ? given : values;
      return payload;
    };
  },
);
