/** The picture of the folders in CONTRIBUTING.md is that of the code. `npm run architecture` draws it. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { withDiagram } from "../../tools/architecture/diagram.ts";

test("the picture shows the folders' imports as they are", async () => {
  const document = await readFile("CONTRIBUTING.md", "utf8");
  const drawn = await withDiagram(document);
  assert.match(drawn, /^ {2}serve\["serve\/"\] --> predictor\["predictor\/"\]$/m);
  assert.equal(document, drawn, "npm run architecture draws it");
});

test("a document without a place for the picture is refused", async () => {
  await assert.rejects(withDiagram("# Title"), /there are no <!-- npm run architecture/);
});
