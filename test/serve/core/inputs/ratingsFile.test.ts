import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readRatingsFile } from "../../../../serve/core/inputs/ratingsFile.ts";
import { sampleInputs } from "../../../predictor/sampleManifest.ts";

test("a file that does not exist is an InputError", async () => {
  await assert.rejects(readRatingsFile("no/such.csv", sampleInputs().ratings), {
    name: "InputError",
    message: /no\/such\.csv does not exist$/,
  });
});

test("a file of UTF-16 is read as one of UTF-8 is", async () => {
  const folder = await mkdtemp(join(tmpdir(), "marquee-ratings-"));
  const path = join(folder, "r.csv");
  const text = "user,stars\r\nÉva,5\r\n";
  const little = Buffer.from(`\uFEFF${text}`, "utf16le");
  try {
    for (const bytes of [Buffer.from(text), little, Buffer.from(little).swap16()]) {
      await writeFile(path, bytes);
      assert.deepEqual(await readRatingsFile(path, sampleInputs().ratings), [
        { user: "Éva", stars: 5 },
      ]);
    }
    await writeFile(path, little.subarray(0, -1));
    await assert.rejects(readRatingsFile(path, sampleInputs().ratings), /r\.csv:3 is not UTF-8/);
    await writeFile(path, "user,stars\n");
    await assert.rejects(
      readRatingsFile(path, sampleInputs().ratings),
      /ratings: \S*r\.csv has a header, but no ratings$/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
