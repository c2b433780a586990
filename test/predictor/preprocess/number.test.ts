/** Which numbers a range accepts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkNumber, isAccepted } from "../../../predictor/preprocess/number.ts";
import { RELEASE_YEARS } from "../../../predictor/preprocess/title.ts";

const RATIO = { min: -0.5, max: 2.5, whole: false };

test("years are whole numbers from 1888 to 2100", () => {
  for (const year of [1888, 1995, 2100]) {
    assert.equal(checkNumber("year", RELEASE_YEARS, year), year);
    assert.ok(isAccepted(year, RELEASE_YEARS));
  }
  for (const year of [1887, 2101, 1995.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.ok(!isAccepted(year, RELEASE_YEARS));
    assert.throws(() => checkNumber("year", RELEASE_YEARS, year), {
      name: "InputError",
      field: "year",
      detail: `${year} is not a whole number from 1888 to 2100`,
    });
  }
});

test("without `whole`, fractions are accepted, the ends of the range included", () => {
  for (const value of [-0.5, 0, 0.1, 2.5]) assert.equal(checkNumber("ratio", RATIO, value), value);
  for (const value of [-0.6, 2.6, Number.NaN, Number.NEGATIVE_INFINITY]) {
    assert.throws(() => checkNumber("ratio", RATIO, value), {
      name: "InputError",
      message: `ratio: ${value} is not a number from -0.5 to 2.5`,
    });
  }
});

test("what is not a number is refused, even if it looks like one", () => {
  for (const value of [null, [1]]) {
    assert.throws(() => checkNumber("ratio", RATIO, value), {
      field: "ratio",
      detail: `${value} is not a number from -0.5 to 2.5`,
    });
  }
  for (const text of ["1,5", "0x1", "Infinity", "1 m", ""]) {
    assert.throws(() => checkNumber("ratio", RATIO, text), {
      field: "ratio",
      detail: `"${text}" is not a number`,
    });
  }
});

test("text that is a number, and truth values, are numbers, as in tables", () => {
  for (const [text, plain] of [
    ["1,234", "1234"],
    [" -1,234,567.8", "-1234567.8"],
  ]) {
    assert.throws(() => checkNumber("ratio", RATIO, text), {
      message: `ratio: "${text}" is not a number; write it without commas between thousands: ${plain}`,
    });
  }
  const read = (value: unknown) => checkNumber("ratio", RATIO, value);
  assert.deepEqual(["1", " +.5 ", "2e0", true, false].map(read), [1, 0.5, 2, 1, 0]);
});
