/** Which columns of an input file are left out, which are slips of the pen. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, createColumnCheck } from "../../../serve/batch/columns.ts";
import { sampleInputs } from "../../predictor/sampleManifest.ts";

test("known names pass, slips are named, others are ignored and told once", () => {
  const ignored: string[] = [];
  const { check, ignore } = createColumnCheck(columnsOf(sampleInputs()), (name) =>
    ignored.push(name),
  );
  assert.equal(check(["id", "title", "year", "poster", "ratings"]), undefined);
  assert.equal(check(["tittle", "plot"]), '"tittle" is not known; did you mean "title"?');
  assert.match(check(["Rating"])!, /did you mean "ratings"/);
  assert.equal(check(["plot", "url", "ix"]), undefined);
  assert.deepEqual(ignored, []);
  ignore(["title", "plot", "url", "ix"]);
  ignore(["plot", "url"]);
  assert.deepEqual(ignored, ["plot", "url", "ix"]);
});
