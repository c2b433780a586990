/** The contract that every type of input keeps, checked on each of them alike. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { InputType, Item } from "../../../predictor/inputs/inputType.ts";
import { type InputSpec, inputSpec, typeOf } from "../../../predictor/inputs/types.ts";
import { sampleInputs } from "../sampleManifest.ts";

const { title, year, poster, ratings } = sampleInputs();

interface Case {
  readonly spec: InputSpec;
  /** Two values of an input, and what is no value. */
  readonly values: readonly [unknown, unknown];
  readonly nothing: readonly unknown[];
  readonly wrong: readonly unknown[];
  /** Fields of the spec that may be left out. */
  readonly optional: readonly string[];
}

const pixels = (value: number) => ({
  data: new Uint8Array(18).fill(value),
  width: 2,
  height: 3,
  channels: 3,
});
const score = { type: "number", min: -1, max: 5, whole: false } as const;
const CASES: Readonly<Record<string, Case>> = {
  text: {
    spec: { ...title, form: "plain" },
    values: ["The Net", "a"],
    nothing: ["", "?!"],
    wrong: ["x".repeat(1001), ["a"]],
    optional: [],
  },
  image: {
    spec: poster,
    values: [pixels(0), pixels(9)],
    nothing: [],
    wrong: [{ ...pixels(1), height: 2 }],
    optional: [],
  },
  ratings: {
    spec: ratings,
    values: [[{ user: "7", stars: 4 }], [{ stars: 1 }, { user: "9", stars: 5 }]],
    nothing: [[]],
    wrong: [[{ stars: 6 }], Array.from({ length: 5 }, () => ({ stars: 3 }))],
    optional: [],
  },
  number: {
    spec: score,
    values: [0, 4.5],
    nothing: [],
    wrong: [-1.1, 5.1, "4 cm", "0x4", Number.NaN],
    optional: ["min", "max"],
  },
  "number from a text": {
    spec: year,
    values: [1995, 2001],
    nothing: [],
    wrong: [1887, 1995.5],
    optional: ["from", "min", "max"],
  },
  "number with a pattern": {
    spec: { ...score, pattern: "^[A-Z][a-z]+ (\\d+)" },
    values: ["Jun 2", 4.5],
    nothing: ["soon", "2", true],
    wrong: ["Jun 12", 5.1, [1]],
    optional: ["min", "max", "pattern"],
  },
  "number that is scaled": {
    spec: { ...score, center: 2, scale: 0.5 },
    values: [2, 4.5],
    nothing: [],
    wrong: [-1.1, "-1.1"],
    optional: ["min", "max", "center", "scale"],
  },
  "number without a range": {
    spec: { type: "number", whole: false },
    values: [-1e30, 0],
    nothing: [],
    wrong: [1e39, Number.POSITIVE_INFINITY, "Infinity"],
    optional: [],
  },
  category: {
    spec: { type: "category", values: ["red", "7"], maxValues: 2, separator: "|" },
    values: [["red", "blue"], 7],
    nothing: ["", [], " "],
    wrong: [{ a: 1 }, ["a", "b", "c"]],
    optional: ["separator"],
  },
  sequence: {
    spec: { type: "sequence", features: 2, maxSteps: 3, mean: [0, 1], std: [1, 2] },
    values: [
      [
        [1, 2],
        [3, 4],
      ],
      [5, 6],
    ],
    nothing: [[]],
    wrong: ["1", [1]],
    optional: [],
  },
};

const NAME = "thing";

for (const [what, { spec, values, nothing, wrong, optional }] of Object.entries(CASES)) {
  const type: InputType<InputSpec, unknown> = typeOf(spec);
  const encode = type.encoder(NAME, spec);
  const absent = type.absent(spec);
  const given = values.map((value) => encode({ [NAME]: value }));

  test(`${what}: a manifest's part is read as it is, and needs every field`, () => {
    for (const schema of [type.spec, inputSpec]) {
      assert.deepEqual(schema.parse(structuredClone(spec)), spec);
      assert.deepEqual(schema.parse({ ...spec, group: "both" }), { ...spec, group: "both" });
      assert.ok(!schema.safeParse({ ...spec, extra: 1 }).success);
      assert.ok(!schema.safeParse({ ...spec, group: "" }).success);
      for (const field of Object.keys(spec)) {
        const { [field]: _, ...others } = spec as unknown as Record<string, unknown>;
        const may = field === "group" || optional.includes(field);
        assert.equal(schema.safeParse(others).success, may, field);
      }
    }
  });

  test(`${what}: an item without the input, or with nothing in it, has the features of none`, () => {
    assert.ok(!type.isPresent(absent));
    for (const value of [undefined, null, "", " "]) {
      assert.deepEqual(encode({ [NAME]: value }), absent, String(value));
    }
    for (const item of [{}, { other: values[0] }]) {
      assert.deepEqual(encode(item), absent);
    }
    for (const value of nothing) {
      const features = encode({ [NAME]: value });
      assert.deepEqual(features, absent, JSON.stringify(value));
      assert.ok(!type.isPresent(features));
    }
  });

  test(`${what}: a text that means "no value" is none`, () => {
    const missing = { ...spec, missing: ["N/A", "-"] };
    assert.deepEqual(inputSpec.parse(structuredClone(missing)), missing);
    const read = type.encoder(NAME, missing);
    for (const value of ["N/A", " - "]) assert.deepEqual(read({ [NAME]: value }), absent, value);
    assert.deepEqual(read({ [NAME]: values[0] }), given[0]);
  });

  test(`${what}: values have features that differ, the same ones each time`, () => {
    for (const features of given) assert.ok(type.isPresent(features));
    assert.notDeepEqual(given[0], given[1]);
    for (const [i, value] of values.entries()) {
      assert.deepEqual(encode({ [NAME]: value }), given[i]);
      assert.deepEqual(type.encoder("other", spec)({ other: value }), given[i]);
    }
  });

  test(`${what}: a wrong value is refused by the input's name`, () => {
    for (const value of wrong) {
      assert.throws(
        () => encode({ [NAME]: value } as Item),
        (error: { name: string; field: string }) => {
          assert.equal(error.name, "InputError");
          assert.match(error.field, /^thing(\[0\]\.stars)?$/);
          return true;
        },
      );
    }
  });

  test(`${what}: a batch has the tensors that are named, a row for each item, whatever the others are`, () => {
    const rows = [given[0], absent, given[1]];
    const batch = type.collate(NAME, spec, rows);
    assert.deepEqual(Object.keys(batch), type.tensorNames(NAME, spec));
    const alone = rows.map((row) => type.collate(NAME, spec, [row]));
    for (const [name, { type: kind, dims, data }] of Object.entries(batch)) {
      assert.match(name, /thing/);
      assert.equal(dims[0], 3);
      assert.equal(
        data.length,
        dims.reduce((product, size) => product * size),
      );
      const width = data.length / 3;
      for (const [i, tensors] of alone.entries()) {
        const own = tensors[name]!;
        assert.equal(own.type, kind);
        // Only lists are padded, with zeros.
        const row = [...data.subarray(i * width, (i + 1) * width)];
        assert.deepEqual(row.slice(0, own.data.length), [...own.data]);
        assert.ok(row.slice(own.data.length).every((value) => value === 0));
        if (!type.length) assert.equal(own.data.length, width);
      }
      assert.ok(alone[1]![name]!.data.every((value) => value === 0));
    }
    const other = type.tensorNames("other", spec);
    assert.equal(other.length, Object.keys(batch).length);
    assert.ok(other.every((name) => !(name in batch)));
  });

  test(`${what}: tables are those of its int32 tensors, which point into them`, () => {
    const tables = type.tableRows?.(NAME, spec) ?? {};
    const batch = type.collate(NAME, spec, given);
    const pointers = Object.entries(batch).filter(([, tensor]) => tensor.type === "int32");
    assert.deepEqual(
      Object.keys(tables),
      pointers.map(([name]) => name),
    );
    for (const [name, { data }] of pointers) {
      assert.ok(data.every((row) => row >= 0 && row < tables[name]!));
    }
  });

  test(`${what}: the summary has the type and no list of the data's words or users`, () => {
    const summary = type.summary?.(spec) ?? spec;
    assert.equal(summary.type, spec.type);
    const lists = Object.entries(summary).filter(([, value]) => Array.isArray(value));
    assert.deepEqual(lists, []);
  });
}
