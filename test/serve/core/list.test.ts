/** Lists in requests: in which order they are checked, and where checking ends. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { list, MAX_ISSUES } from "../../../serve/core/list.ts";

/** A schema that counts how often it is asked. */
function counting() {
  let asked = 0;
  const schema = z.number().refine(() => {
    asked++;
    return true;
  });
  return { schema, asked: () => asked };
}

test("no element of a list that is too long is looked at", () => {
  const { schema, asked } = counting();
  const result = list(schema, { max: 3 }).safeParse([1, 2, 3, 4]);
  assert.deepEqual(
    result.error!.issues.map(({ code }) => code),
    ["too_big"],
  );
  assert.equal(asked(), 0);
  // Inside of objects, which zod compiles, too.
  const inside = z.strictObject({ a: list(schema, { max: 3 }).optional() });
  assert.deepEqual(inside.safeParse({ a: [1, 2, 3, 4] }).error!.issues[0]!.path, ["a"]);
  assert.equal(asked(), 0);
  assert.deepEqual(inside.parse({ a: [1, 2, 3] }), { a: [1, 2, 3] });
  assert.equal(asked(), 3);
});

test("no element is looked at after the first faults", () => {
  const { schema, asked } = counting();
  const given = [1, ...new Array(MAX_ISSUES).fill("x"), ...new Array(1000).fill(1)];
  const { issues } = list(schema, { max: 5000 }).safeParse(given).error!;
  assert.equal(issues.length, MAX_ISSUES);
  assert.deepEqual(issues[0]!.path, [1]);
  assert.equal(asked(), 1);
});

test("what is valid, and what is documented, is as with zod's array", () => {
  const element = z.strictObject({ a: z.string().transform((text) => text.length) });
  const ours = list(element, { min: 1, max: 3 });
  const zods = z.array(element).max(3).min(1);
  for (const value of [[{ a: "xy" }], [], "x", undefined, {}, [{ a: "x" }, 1], [1, 2, 3, 4]]) {
    const [own, other] = [ours.safeParse(value), zods.safeParse(value)];
    assert.deepEqual(own.data, other.data);
    if (!Array.isArray(value) || value.length <= 3) {
      assert.deepEqual(own.error?.issues, other.error?.issues);
    }
  }
  const describe = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "input" });
  assert.deepEqual(describe(ours), describe(zods));
});
