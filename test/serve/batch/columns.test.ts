/** Which columns of an input file are left out, which are slips of the pen. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { InputSpecs } from "../../../predictor/inputs/types.ts";
import { createColumnCheck, fieldsOf } from "../../../serve/batch/columns.ts";
import { sampleInputs } from "../../predictor/sampleManifest.ts";

test("known names pass, slips are named, others are ignored and told once", () => {
  const ignored: string[] = [];
  const { check, ignore } = createColumnCheck(sampleInputs(), (name) => ignored.push(name));
  assert.equal(check(["id", "title", "year", "poster", "ratings"]), undefined);
  assert.equal(check(["tittle", "plot"]), '"tittle" is not known; did you mean "title"?');
  assert.match(check(["Rating"])!, /did you mean "ratings"/);
  assert.equal(check(["plot", "url", "ix"]), undefined);
  assert.deepEqual(ignored, []);
  ignore(["title", "plot", "url", "ix"]);
  ignore(["plot", "url"]);
  assert.deepEqual(ignored, ["plot", "url", "ix"]);
});

const text = sampleInputs().title;
const fields = (names: readonly string[], inputs: InputSpecs) =>
  Object.fromEntries(fieldsOf(inputs)(names));

test("inputs are read by their own names, or else by those of the training table", () => {
  const one = { text: { ...text, column: "name" } };
  assert.deepEqual(fields(["id", "name"], one), { text: "name" });
  assert.deepEqual(fields(["id", "text"], one), { text: "text" });
  assert.deepEqual(fields(["id", "name", "text"], one), { text: "text" });
  const shared = { title: text, year: { ...text, column: "title" } };
  assert.deepEqual(fields(["title"], shared), { title: "title", year: "title" });
  assert.deepEqual(fields(["title", "year"], shared), { title: "title", year: "year" });
  // A file of images by ids has ids, and no column of the input's.
  assert.deepEqual(fields(["id", "k"], { photo: { ...text, column: "id" } }), { photo: "photo" });
  const shifted = { aB: { ...text, column: "a b" }, aB3: { ...text, column: "aB" } };
  assert.deepEqual(fields(["a b", "aB"], shifted), { aB: "a b", aB3: "aB" });
  assert.deepEqual(fields(["aB", "aB3"], shifted), { aB: "aB", aB3: "aB3" });
});

test("a name near to one of the training table is no slip beside the input's own", () => {
  const { check } = createColumnCheck({ text: { ...text, column: "name" } }, () => {});
  assert.equal(check(["id", "text", "names"]), undefined);
  assert.equal(check(["id", "names"]), '"names" is not known; did you mean "name"?');
});
