/** The JSON Schema that editors use is the one that is checked. */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { columnOf, descriptionJsonSchema } from "../../../pipeline/dataset/description.ts";

const FILE = "docs/dataset.schema.json";

test(`${FILE} is current; UPDATE_SCHEMA=1 and npm run format write it`, () => {
  const schema = descriptionJsonSchema();
  if (process.env.UPDATE_SCHEMA) writeFileSync(FILE, JSON.stringify(schema));
  assert.deepEqual(JSON.parse(readFileSync(FILE, "utf8")), schema);
});

test("every object of the schema allows comments, and no other unknown key", () => {
  const objects: Record<string, unknown>[] = [];
  JSON.stringify(descriptionJsonSchema(), (_, value) => {
    if (value?.type === "object") objects.push(value);
    return value;
  });
  assert.ok(objects.length > 10, `${objects.length} objects`);
  for (const object of objects) {
    assert.equal(object.additionalProperties, false);
    assert.deepEqual((object.patternProperties as Record<string, unknown>)["^//"], {});
  }
});

test("inputs read the column of their own name unless they say another; some read none", () => {
  assert.equal(columnOf("a", { type: "text" }), "a");
  assert.equal(columnOf("a", { type: "number", column: "b" }), "b");
  assert.equal(columnOf("a", { type: "number", from: "b", pattern: "(.)" }), undefined);
  const ratings = { table: "r.csv", item: "i", user: "u", value: "v" };
  assert.equal(columnOf("a", { type: "ratings", ...ratings }), undefined);
});
