import assert from "node:assert/strict";
import { test } from "node:test";
import { readRatingsFile } from "../../serve/ratingsFile.ts";
import { sampleManifest } from "../predictor/sampleManifest.ts";

test("a file that is not there is the user's error, too", async () => {
  await assert.rejects(readRatingsFile("no/such.csv", sampleManifest().preprocess.ratings), {
    name: "InputError",
    message: /no\/such\.csv cannot be read/,
  });
});
