/** The page of a bundle that predicts a number: the value on a scale, changes in its unit, as Node gives them. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { decodePoster } from "../../node/poster.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import { assertAccessible } from "./harness/axe.ts";
import { answered, assertSameAnswer, copiedAnswer } from "./page/openPage.ts";
import { openShelf, type ShelfPage } from "./page/shelfPage.ts";

const TARGET: TargetSpec = { type: "number", name: "IMDB Rating", min: -8, max: 8 };
const INPUTS = ["answer", "body", "unit_price", "brand", "photo", "cover"];
const ITEM = { answer: "garden shovel", body: "wooden", unit_price: 12, brand: "Acme" };
const GROUPS = ["answer", "body", "facts"];

let shelf: ShelfPage;
let page: Page;

before(async () => {
  shelf = await openShelf(TARGET, INPUTS);
  page = shelf.page;
});
after(() => shelf?.close());

interface ValueJson {
  readonly value: number;
  readonly explanation: {
    readonly inputs: Readonly<Record<string, { contribution: number; without: number }>>;
  };
}

const write = (value: number) =>
  value
    .toFixed(1)
    .replace(/^-(?=0\.0$)/, "")
    .replace("-", "−");

async function fill(): Promise<ValueJson> {
  await page.getByLabel("Product answer").fill(ITEM.answer);
  await page.getByLabel("Product body").fill(ITEM.body);
  await page.getByLabel("Unit price").fill(String(ITEM.unit_price));
  await page.getByLabel("Brand").selectOption(ITEM.brand);
  const { model: _, ...answer } = await copiedAnswer(page, GROUPS);
  assertSameAnswer(answer, await shelf.expected(ITEM));
  return answer as unknown as ValueJson;
}

test("the heading asks for the number, and the value stands on the scale of training", async () => {
  assert.equal(await page.textContent("h1"), "What is the IMDB Rating of this product?");
  assert.equal(
    await page.title(),
    "Marquee: product IMDB Rating from answer, body, facts, photo, and cover",
  );
  const { value } = await fill();
  assert.equal(await page.textContent("#verdict-label"), "IMDB Rating");
  assert.equal(await page.textContent("#verdict"), write(value));
  assert.equal(await page.textContent("#number-scale"), "−8.08.0");
  const left = await page.locator(".scale-mark").evaluate(({ style }) => style.left);
  assert.ok(Math.abs(Number.parseFloat(left) - ((value + 8) / 16) * 100) < 0.01, left);
  assert.ok(Math.abs(value) < 8, "on the scale, not at its end");
});

test("what each group of inputs changed, in the number's unit", async () => {
  const { explanation } = await fill();
  const cells = () =>
    page.locator("#effects-table tbody tr").first().locator("td").allTextContents();
  const shown = (await cells()).slice(1);
  for (const [i, group] of GROUPS.entries()) {
    const { contribution } = explanation.inputs[group]!;
    const sign = contribution > 0 ? "+" : "−";
    const text = write(Math.abs(contribution));
    assert.equal(shown[i], text === "0.0" ? text : sign + text);
  }
  assert.deepEqual(await page.locator("#effects-view option").allTextContents(), [
    "change of the IMDB Rating",
    "IMDB Rating without it",
    "IMDB Rating from it alone",
  ]);
  await page.selectOption("#effects-view", "without");
  const without = GROUPS.map((group) => write(explanation.inputs[group]!.without));
  assert.deepEqual((await cells()).slice(1), without);
  await page.selectOption("#effects-view", "contribution");
});

test("what a missing input would add: a smaller error", async () => {
  await fill();
  assert.deepEqual(await page.locator("#gains-list li").allTextContents(), [
    "Add the photo: mean error falls from 1.2 to 0.9.",
  ]);
  assert.equal(
    await page.textContent("#gains-hint"),
    "Mean difference from the true IMDB Rating, measured on test products.",
  );
});

/** Drops a PNG on an element of the page. */
async function drop(file: Buffer, on: string): Promise<void> {
  await page.locator(on).evaluate(
    (element, bytes) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], "p.png", { type: "image/png" }));
      const options = { dataTransfer: data, bubbles: true, cancelable: true };
      element.dispatchEvent(new DragEvent("drop", options));
    },
    [...file],
  );
}

test("of two images each gets what is dropped on it, else the first empty one does", async () => {
  const draw = (background: string) =>
    sharp({ create: { width: 6, height: 6, channels: 3, background } })
      .png()
      .toBuffer();
  const [red, blue] = [await draw("#ff0000"), await draw("#0000ff")];
  await fill();
  for (const [first, on] of [
    ["photo", "body"],
    ["cover", "#cover-drop"],
  ] as const) {
    const second = first === "photo" ? "cover" : "photo";
    await drop(red, on);
    await answered(page, [...GROUPS, first]);
    await drop(blue, "body");
    const { model: _, ...answer } = await copiedAnswer(page, [...GROUPS, "photo", "cover"]);
    const images = { [first]: await decodePoster(red), [second]: await decodePoster(blue) };
    assertSameAnswer(answer, await shelf.expected({ ...ITEM, ...images }));
    for (const name of ["photo", "cover"]) {
      assert.equal(
        await page.textContent(`#${name}-map-heading`),
        `Where the model looks on the ${name}`,
      );
      await page.click(`#${name}-remove`);
    }
    await answered(page, GROUPS);
  }
});

test("the map of an image, and its words, are about the number", async () => {
  const photo = await sharp({
    create: { width: 9, height: 9, channels: 3, background: "#10d020" },
  })
    .composite([
      {
        input: { create: { width: 4, height: 4, channels: 3, background: "#ffffff" } },
        left: 0,
        top: 0,
      },
    ])
    .png()
    .toBuffer();
  await page.setInputFiles("#photo-file", {
    name: "p.png",
    mimeType: "image/png",
    buffer: photo,
  });
  const { model: _, ...answer } = await copiedAnswer(page, [...GROUPS, "photo"]);
  const image = await decodePoster(photo);
  assertSameAnswer(answer, await shelf.expected({ ...ITEM, photo: image }));
  await page.click("#photo-map-start");
  await page.waitForSelector("#photo-map:not([hidden])");
  assert.match(
    (await page.getAttribute("#photo-map", "aria-label"))!,
    /^(The .+ matters most: covering it lowers the IMDB Rating by \d|No part of the photo raises the IMDB Rating\.)/,
  );
  assert.ok(await page.isHidden("#photo-map-choice"), "there is one number");
});

test("axe finds nothing; the value is read out", async () => {
  await answered(page, [...GROUPS, "photo"]);
  await page.waitForFunction(() =>
    document.getElementById("announce")!.textContent!.startsWith("IMDB Rating "),
  );
  await assertAccessible(page);
  assert.deepEqual(shelf.errors, []);
});
