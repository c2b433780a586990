/** Categories: what is a value, and which row it has. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CategorySpec, category } from "../../../predictor/inputs/category.ts";

const TAGS: CategorySpec = {
  type: "category",
  values: ["red", "blue", "7", "true"],
  maxValues: 3,
};
const BRAND: CategorySpec = { type: "category", values: ["Acme"], maxValues: 1 };
const encode = (spec: CategorySpec, value: unknown) => [
  ...category.encoder("tags", spec)({ tags: value }).rows,
];

test("known values have rows from 2 on in their order, unknown ones row 1, none row 0", () => {
  assert.deepEqual(encode(TAGS, ["blue", "green", "red"]), [3, 1, 2]);
  assert.deepEqual(encode(TAGS, "true"), [5, 0, 0]);
  assert.deepEqual(encode(TAGS, ["x", "y"]), [1, 1, 0]);
  assert.deepEqual(encode(BRAND, "Acme"), [2]);
  assert.deepEqual(encode(BRAND, "acme"), [1]);
});

test("values that the model does not know are named as given, each once", () => {
  const unknownOf = (value: unknown) => {
    const features = category.encoder("tags", TAGS)({ tags: value });
    return [
      category.unknownValues(features),
      category.isPresent(features) ? category.unknownShare(features) : 0,
    ];
  };
  assert.deepEqual(unknownOf(["green ", "red", "green"]), [["green"], 0.5]);
  assert.deepEqual(unknownOf(["y", 8, "blue"]), [["y", "8"], 2 / 3]);
  assert.deepEqual(unknownOf([7, true]), [[], 0]);
  assert.deepEqual(unknownOf(undefined), [[], 0]);
});

test("numbers, true and false are taken as text; blanks around a value are not part of it", () => {
  assert.deepEqual(encode(TAGS, 7), [4, 0, 0]);
  assert.deepEqual(encode(TAGS, [true, 7.0, " red\n"]), [5, 4, 2]);
  assert.deepEqual(encode(TAGS, false), [1, 0, 0]);
});

test("empty values are none, and a value that is given twice is one", () => {
  assert.deepEqual(encode(TAGS, ["", " ", "red", "red ", "red"]), [2, 0, 0]);
  for (const nothing of ["", "  ", [], [" "]]) {
    const features = category.encoder("tags", TAGS)({ tags: nothing });
    assert.ok(!category.isPresent(features));
    assert.deepEqual(features, category.absent(TAGS));
  }
  assert.ok(category.isPresent(category.encoder("tags", TAGS)({ tags: "unknown" })));
});

test("more distinct values than the model reads are refused, and what is no value", () => {
  assert.throws(() => encode(TAGS, ["a", "b", "c", "d"]), {
    name: "InputError",
    message: "tags: has 4 values; at most 3 are accepted",
  });
  assert.throws(() => encode(BRAND, ["a", "b"]), {
    message: "tags: has 2 values; at most 1 is accepted",
  });
  assert.deepEqual(encode(BRAND, ["a", "a"]), [1]);
  for (const [value, field] of [
    [{ a: 1 }, "tags"],
    [Number.NaN, "tags"],
    [["red", { a: 1 }], "tags[1]"],
    [[["red"]], "tags[0]"],
  ] as const) {
    assert.throws(() => encode(TAGS, value), {
      name: "InputError",
      field,
      detail: "is not a value: text, a number, true or false",
    });
  }
});

test("a text has the values between separators, where there is one; elements of lists are whole", () => {
  const spec = { ...TAGS, separator: "|" };
  assert.deepEqual(encode(spec, "red| |7|red"), encode(TAGS, ["red", "7"]));
  assert.deepEqual(encode(spec, ["red|7"]), encode(TAGS, ["red|7"]));
  assert.deepEqual(encode(TAGS, "red|7"), encode(TAGS, ["red|7"]));
  for (const text of ['["red", 7]', "['red', '7']"]) {
    for (const each of [TAGS, spec])
      assert.deepEqual(encode(each, text), encode(TAGS, ["red", "7"]));
  }
  assert.throws(() => encode(TAGS, ["red", {}]), { field: "tags[1]" });
});

test("of a list, values that mean none are left out", () => {
  const spec = { ...TAGS, missing: ["N/A"] };
  assert.deepEqual(encode(spec, ["N/A", "red", null, " N/A "]), encode(TAGS, ["red"]));
});

test("a batch is a matrix of rows, into a table of all values and two more", () => {
  const rows = [{ rows: Int32Array.of(2, 1, 0), unknown: ["x"] }, category.absent(TAGS)];
  assert.deepEqual(category.collate("tags", TAGS, rows), {
    tags: { type: "int32", dims: [2, 3], data: Int32Array.of(2, 1, 0, 0, 0, 0) },
  });
  assert.deepEqual(category.tableRows("tags", TAGS), { tags: 6 });
  assert.deepEqual(category.summary(TAGS), { type: "category", values: 4, maxValues: 3 });
});

test("the schema refuses values that no item can have", () => {
  const refused = (change: object) => !category.spec.safeParse({ ...TAGS, ...change }).success;
  assert.ok(!refused({ separator: "|" }));
  assert.ok(!refused({ values: [] }));
  for (const change of [
    { values: ["red", "red"] },
    { values: [""] },
    { values: [" red"] },
    { maxValues: 0 },
    { separator: "" },
  ]) {
    assert.ok(refused(change), JSON.stringify(change));
  }
});

test("a text in brackets that is a value of the model is no list", () => {
  const ranges: CategorySpec = { type: "category", values: ["[0, 10]", '["x"]'], maxValues: 1 };
  assert.deepEqual(encode(ranges, "[0, 10]"), [2]);
  assert.deepEqual(encode(ranges, '["x"] '), [3]);
  assert.deepEqual(encode(TAGS, '["blue", "red"]'), [3, 2, 0]);
  assert.deepEqual(encode(TAGS, '[{"id": 1}]'), [1, 0, 0]);
});
