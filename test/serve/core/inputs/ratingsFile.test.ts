import assert from "node:assert/strict";
import { test } from "node:test";
import { readRatingsFile } from "../../../../serve/core/inputs/ratingsFile.ts";
import { sampleInputs } from "../../../predictor/sampleManifest.ts";

test("a file that does not exist is an InputError", async () => {
  await assert.rejects(readRatingsFile("no/such.csv", sampleInputs().ratings), {
    name: "InputError",
    message: /no\/such\.csv cannot be read/,
  });
});
