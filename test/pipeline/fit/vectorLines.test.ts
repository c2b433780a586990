/** Numbers of word vectors, read from bytes: those that JavaScript reads. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { countFields, readNumbers, trimmedEnd } from "../../../pipeline/fit/vectorLines.ts";

test("every way to write a number is read as JavaScript reads it", () => {
  const random = createRandom("numbers");
  const drawn = Array.from({ length: 2000 }, () => {
    const value = random.normal() * 10 ** (random.int(9) - 4);
    return random.int(2) === 0 ? value.toFixed(random.int(10)) : String(value);
  });
  const odd = [
    ...["0", "-0", "5.", ".5", "-.5", "+3", "007", "0.1", "123456789012345", "1234567890123456789"],
    ...[
      "0.1234567890123456",
      "1e-5",
      "-2.5E3",
      "0x10",
      "Infinity",
      "nan",
      "-",
      ".",
      "1.2.3",
      "--1",
    ],
    ...["1,5", "4-2", "0.000000000000001", "9007199254740993", "0.1234567890123456789012345"],
  ];
  const fields = [...drawn, ...odd];
  const line = Buffer.from(`word ${fields.join(" ")}`);
  const numbers = readNumbers(line, 5, line.length, fields.length);
  for (const [i, field] of fields.entries()) {
    const expected = Math.fround(Number(field));
    assert.ok(Object.is(numbers[i], expected), `${field}: ${numbers[i]}, not ${expected}`);
  }
});

test("an empty field is no number, and neither is one beyond the line", () => {
  const line = Buffer.from("a 1  2");
  assert.deepEqual([...readNumbers(line, 2, line.length, 4)], [1, Number.NaN, 2, Number.NaN]);
});

test("fields are counted between the ends of a line", () => {
  const bytes = Buffer.from("a b\nword 1 2 \r\n");
  const end = trimmedEnd(bytes, 4, bytes.length - 1);
  assert.equal(bytes.toString("utf8", 4, end), "word 1 2");
  assert.equal(countFields(bytes, 4, end), 3);
});
