/** Counting what a JSON text holds, without parsing it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type JsonLimits, scanJson } from "../../../../serve/core/body/scanJson.ts";

const MANY: JsonLimits = { depth: 100, values: 1e9, objects: 1e9, fields: 1e9 };

/** What the scan should count: each list and object twice, less one for each that holds something. */
function count(value: unknown): { values: number; fields: number; objects: number; depth: number } {
  if (typeof value !== "object" || value === null) {
    return { values: 0, fields: 0, objects: 0, depth: 0 };
  }
  const inside = Object.values(value).map(count);
  const sum = (key: "values" | "fields" | "objects") =>
    inside.reduce((total, each) => total + each[key], 0);
  return {
    values: 1 + Math.max(0, inside.length - 1) + sum("values"),
    fields: (Array.isArray(value) ? 0 : inside.length) + sum("fields"),
    objects: (Array.isArray(value) ? 0 : 1) + sum("objects"),
    depth: 1 + Math.max(0, ...inside.map(({ depth }) => depth)),
  };
}

/** Texts with the characters that a scan could stumble over, short and long. */
const text = fc
  .tuple(
    fc.array(fc.constantFrom('"', "\\", ",", ":", "[", "]", "{", "}", "a", "é", "😀", "\n")),
    fc.nat(200),
    fc.constantFrom("", '"', "\\", '\\"', ","),
  )
  .map(([characters, blanks, end]) => characters.join("") + " ".repeat(blanks) + end);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    text,
    fc.constantFrom(1, -1.5e300, true, null),
    fc.array(tie("tree"), { maxLength: 5 }),
    fc.dictionary(text, tie("tree"), { maxKeys: 5 }),
  ),
}));

test("any JSON: values, fields, objects and depth are counted, whatever its texts hold", () => {
  fc.assert(
    fc.property(tree, fc.constantFrom(undefined, 2), (value, indent) => {
      const bytes = Buffer.from(JSON.stringify(value, undefined, indent));
      const { values, fields, objects, depth } = count(value);
      assert.deepEqual(scanJson(bytes, MANY), { values: values + 1, fields });
      // The limits are the last that hold.
      const tight = { depth, values: values + 1, objects, fields };
      scanJson(bytes, tight);
      const refused = (limits: JsonLimits) =>
        assert.throws(() => scanJson(bytes, limits), { code: "too-large", status: 413 });
      if (depth > 0) {
        refused({ ...tight, depth: depth - 1 });
        refused({ ...tight, values });
      }
      if (objects > 0) refused({ ...tight, objects: objects - 1 });
    }),
    { numRuns: 1000, seed: 1 },
  );
});

test("fields are counted for each object by itself", () => {
  const objects = Buffer.from(
    JSON.stringify([
      { a: 1, b: { c: 1, d: 2 } },
      { e: 1, f: 2 },
    ]),
  );
  assert.equal(scanJson(objects, { ...MANY, fields: 2 }).fields, 6);
  assert.throws(
    () => scanJson(Buffer.from('{"a":{},"b":1,"c":2}'), { ...MANY, fields: 2 }, "movies"),
    /^HttpError: movies: has an object of more than 2 fields$/,
  );
});

test("a refusal comes at the first byte too many; bytes that are no JSON end, too", () => {
  // What follows is not looked at: it would be refused for its depth.
  const bytes = Buffer.from(`[${"{},".repeat(100)}${"[".repeat(1000)}`);
  assert.throws(() => scanJson(bytes, { ...MANY, values: 50 }), /more than 50 values/);
  assert.throws(() => scanJson(bytes, { ...MANY, objects: 50 }), /more than 50 objects/);
  assert.throws(() => scanJson(bytes, MANY), /nested more than 100 deep/);
  for (const broken of ['"', '"\\', `"${"a".repeat(63)}\\`, `"${"\\".repeat(201)}`, "]]]]", ""]) {
    scanJson(Buffer.from(broken), MANY);
  }
  // Ends without beginnings make no room.
  const ends = Buffer.from("]".repeat(500) + "[".repeat(101));
  assert.throws(() => scanJson(ends, MANY), /nested more than 100 deep/);
});
