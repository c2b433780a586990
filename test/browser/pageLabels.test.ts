/** Labels whose thresholds depend on the inputs given: the page marks those that decide. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import { assertSameAnswer, copiedAnswer } from "./page/openPage.ts";
import { openShelf, type ShelfPage } from "./page/shelfPage.ts";

const TARGET: TargetSpec = {
  type: "labels",
  labels: ["garden", "kitchen", "toys"],
  thresholds: { perLabel: [0.999, 0.998, 0.997], subsets: [{ groups: ["body"], threshold: 0.25 }] },
};

let shelf: ShelfPage;
let page: Page;

before(async () => {
  shelf = await openShelf(TARGET, ["answer", "body", "note"]);
  page = shelf.page;
});
after(() => shelf?.close());

const ticks = () =>
  page
    .locator("#scores li")
    .evaluateAll((rows) =>
      rows.map((row) => [
        (row as HTMLElement).dataset.label,
        row.querySelector<HTMLElement>(".bar-threshold")!.style.left,
      ]),
    );

test("where no label reaches its own threshold, the most probable one is a guess", async () => {
  await page.getByLabel("Product answer").fill("kettle");
  const { model: _, ...answer } = await copiedAnswer(page, ["answer"]);
  assertSameAnswer(answer, await shelf.expected({ answer: "kettle" }));
  assert.deepEqual(Object.fromEntries(await ticks()), {
    garden: "99.9%",
    kitchen: "99.8%",
    toys: "99.7%",
  });
  assert.ok(answer.scores.every(({ probability }) => probability < 0.997));
  assert.deepEqual(answer.selected, [answer.scores[0]!.label]);
  assert.equal(await page.textContent("#verdict-label"), "Not sure. Best guess:");
  assert.equal(await page.textContent("#verdict"), answer.selected[0]);
});

test("a text is read by a tokenizer and an encoder, too", async () => {
  await page.getByLabel("Product answer").fill("");
  await page.getByLabel("Product note").fill("Heavy, gift!");
  const { model: _, ...answer } = await copiedAnswer(page, ["note"]);
  assertSameAnswer(answer, await shelf.expected({ note: "Heavy, gift!" }));
  const other = await shelf.expected({ note: "gift heavy light" });
  assert.notDeepEqual(answer.scores, other.scores);
  await page.getByLabel("Product note").fill("");
});

test("a subset of the inputs has one threshold for all labels", async () => {
  await page.getByLabel("Product answer").fill("");
  await page.getByLabel("Product body").fill("steel handle");
  const { scores, selected } = await copiedAnswer(page, ["body"]);
  assert.deepEqual(new Set((await ticks()).map(([, left]) => left)), new Set(["25%"]));
  assert.equal(await page.textContent("#verdict-label"), "The model says");
  const reaching = scores.filter(({ probability }) => probability >= 0.25);
  assert.deepEqual(
    selected,
    reaching.map(({ label }) => label),
  );
  assert.equal(await page.locator("#scores .selected").count(), selected.length);
  assert.deepEqual(shelf.errors, []);
});
