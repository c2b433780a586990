/** Scales of numbers, and the places of their steps. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeclaredNumber } from "../../../../pipeline/inputs/number/data.ts";
import { type NumberInput, number } from "../../../../pipeline/inputs/number/fit.ts";
import { scaleNumber } from "../../../../predictor/preprocess/number.ts";
import { contextOf, itemsOf } from "../fitContext.ts";

const declared: DeclaredNumber = { type: "number", whole: false, min: 0 };

function fit(values: readonly (number | undefined)[], options: object = {}): NumberInput {
  const inputs = { price: declared };
  const context = contextOf(inputs, itemsOf("price", values), { options: { price: options } });
  return number.fit("price", declared, context) as NumberInput;
}

test("centre and scale are robust: an outlier hardly moves them", () => {
  const values = Array.from({ length: 101 }, (_, i) => i);
  const { spec } = fit(values);
  assert.equal(spec.center, 50);
  assert.ok(Math.abs(spec.scale! - 50 / 1.349) < 1e-9);
  assert.deepEqual([spec.min, spec.max, spec.whole], [0, undefined, false]);
  const outlier = fit([...values, 1e9]);
  assert.ok(Math.abs(outlier.spec.scale! - spec.scale!) < 1);
});

test("numbers at the end of float32 stay in it once they are scaled", () => {
  const values = [1, 1.001, 1.002, 1.003, 1.004];
  const others = itemsOf("price", [3e38]).map((item) => ({ ...item, split: "test" as const }));
  const inputs = { price: declared };
  const context = contextOf(inputs, itemsOf("price", values), { others });
  const { spec } = number.fit("price", declared, context) as NumberInput;
  assert.ok(Number.isFinite(scaleNumber(3e38, spec)));
});

test("steps lie between quantiles of the standardised values", () => {
  const values = [0, 10, 20, 30, 1000].flatMap((value) => [value, value, value, undefined]);
  const { fit: fitted, spec } = fit(values, { steps: 4, clip: 3 });
  assert.equal(fitted!.clip, 3);
  const places = fitted!.places.map((place) => Math.round(place * spec.scale! + spec.center!));
  assert.deepEqual(places, [0, 10, 20, 30, 1000]);
});

test("equal quantiles are one place; constant numbers have no step, and a scale", () => {
  const values = [1, 1, 1, 1, 1, 1, 1, 2, 3].flatMap((value) => [value, value, value, value]);
  const { fit: fitted } = fit(values, { steps: 8 });
  assert.equal(fitted!.places.length, 3);
  const constant = fit([5, 5, 5]);
  assert.deepEqual([constant.spec.center, constant.spec.scale], [5, 1]);
  assert.deepEqual(constant.fit!.places, []);
  const nothing = fit([undefined]);
  assert.deepEqual([nothing.spec.center, nothing.spec.scale], [0, 1]);
  assert.deepEqual(fit([1, 2, 3], { steps: 0 }).fit!.places, []);
});

test("mostly equal numbers are scaled by their standard deviation", () => {
  const { spec } = fit([0, 0, 0, 0, 0, 0, 0, 0, 0, 10]);
  assert.equal(spec.center, 0);
  assert.ok(Math.abs(spec.scale! - Math.sqrt(10)) < 1e-9);
});

const year: DeclaredNumber = {
  ...{ type: "number", whole: true, min: 1000, max: 2999, group: "name" },
  from: { input: "name", pattern: "(\\d{4})" },
};

function fitYears(years: readonly (number | undefined)[]): NumberInput {
  const name = { type: "text", form: "plain", maxCharacters: 10 } as const;
  const draft = number.fit("year", year, contextOf({ name, year }, [])) as NumberInput;
  assert.deepEqual(draft, { type: "number", spec: year, options: undefined });
  const encoded = years.map((value) => ({ features: { year: value } }));
  return number.finish!("year", draft, encoded as never, undefined as never);
}

test("years found in a text keep their own way: bumps over those of films, widened to the data's", () => {
  const years = (...given: (number | undefined)[]) => fitYears(given).years;
  assert.deepEqual(years(1931, undefined, 1999, 2000), { first: 1920, last: 2000 });
  assert.deepEqual(years(undefined), { first: 1920, last: 2000 });
  assert.deepEqual(years(1990, 2001), { first: 1920, last: 2005 });
  assert.deepEqual(years(1990, 2016, 2018, 2018), { first: 1920, last: 2020 });
  assert.deepEqual(years(1874, 1874, 1950), { first: 1870, last: 2000 });
});

test("a few years that lie apart from the others widen nothing", () => {
  const films = Array.from({ length: 1000 }, (_, i) => 1950 + (i % 50));
  assert.deepEqual(fitYears([1000, ...films, 2999]).years, { first: 1920, last: 2000 });
});

test("numbers of a column have no bumps", () => {
  const draft = fit([1990, 2018]);
  const encoded = [{ features: { price: 2018 } }];
  assert.deepEqual(number.finish!("price", draft, encoded as never, undefined as never), draft);
});
