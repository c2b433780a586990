/** Values that are none, and numbers and lists in texts, of any length. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrayIn, isMissing, listIn, toList, toNumber } from "../../predictor/values.ts";

test("what means no value does so as a text, as a number and as a truth value", () => {
  const missing = new Set(["-999", "false", "0.5"]);
  for (const value of ["-999", " -999 ", -999, -999n, "false", false, 0.5, null, undefined, [], ""])
    assert.ok(isMissing(value, missing), String(value));
  for (const value of [999, "-999.0", true, 0, Number.NaN, [-999], new Uint8Array(0)])
    assert.ok(!isMissing(value, missing), String(value));
  assert.ok(!isMissing(-999, new Set()));
});

test("a text is a number in decimal notation, or none", () => {
  const numbers = { "12": 12, " -1.5 ": -1.5, "+.5": 0.5, "7.": 7, "1e3": 1000, "2.5E-1": 0.25 };
  for (const [text, value] of Object.entries(numbers)) assert.equal(toNumber(text), value);
  for (const text of ["", ".", "1.2.3", "1,5", "0x10", "Infinity", "1e", "e1", "1 2"])
    assert.equal(toNumber(text), undefined, text);
});

test("a long text that is nearly a number is refused in time proportional to its length", () => {
  const digits = "1".repeat(1_000_000);
  const texts = [digits, `${digits}.${digits}`, `1e${digits}`, `1${" ".repeat(1_000_000)}`];
  for (const text of texts) assert.equal(toNumber(`${text}x`), undefined);
  assert.equal(toNumber(`${digits.replaceAll("1", ",")}x`, ","), undefined);
  assert.equal(toNumber(`${digits}x`, ","), undefined);
});

test("a text in brackets is a list, as JSON or Python writes it, or none", () => {
  const lists: Readonly<Record<string, readonly unknown[]>> = {
    '["a", 7, null]': ["a", 7, null],
    "['a', 'b c']": ["a", "b c"],
    "['it\\'s', \"it's\", 'a\\\\b', '']": ["it's", "it's", "a\\b", ""],
    "[]": [],
  };
  for (const [text, list] of Object.entries(lists)) assert.deepEqual(listIn(text), list, text);
  for (const text of ["", "[", "a", "[a, b]", "['a' 'b']", "['a', b]", "['a',]", "['a'] x", "'a'"])
    assert.equal(listIn(text), undefined, text);
  assert.equal(listIn(["a"]), undefined);
  assert.deepEqual(arrayIn(" [[1,2],[3]]\n"), [[1, 2], [3]]);
  for (const nested of ['[{"id":1}]', '["a",["b"]]', `${"[".repeat(5000)}${"]".repeat(5000)}`])
    assert.equal(listIn(nested), undefined, "objects and lists are no values");
  assert.deepEqual(toList('[["a"]]', undefined, new Set()), ['[["a"]]']);
  assert.deepEqual(toList("['a', 'b ', 'a', '-']", ",", new Set(["-"])), ["a", "b"]);
  assert.deepEqual(toList("[a|b]", "|", new Set()), ["[a", "b]"]);
});

test("a long text that is nearly a list is none, in time proportional to its length", () => {
  const long = "a".repeat(1_000_000);
  for (const text of [`['${long}]`, `["${long}\\']`, `[${" ".repeat(1_000_000)}]x]`]) {
    assert.equal(listIn(text), undefined);
  }
  assert.deepEqual(listIn(`['${long}']`), [long]);
  assert.equal(listIn(`[${"1,".repeat(1_000_000)}1]`), undefined, "longer than any list");
});
