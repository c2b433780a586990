import assert from "node:assert/strict";
import { test } from "node:test";
import { readRatingsFile } from "../../serve/ratingsFile.ts";

test("a file that is not there is the user's error, too", async () => {
  await assert.rejects(readRatingsFile("no/such.csv"), {
    name: "InputError",
    message: /no\/such\.csv cannot be read/,
  });
});
