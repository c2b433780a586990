/** The page of a bundle that no movie has: a field for each type of input, a class as the answer, as Node gives it. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { decodePoster } from "../../node/poster.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import { assertAccessible } from "./harness/axe.ts";
import { SHELF_INPUTS } from "./harness/shelfBundle.ts";
import { assertSameAnswer, copied, copiedAnswer, openPage } from "./page/openPage.ts";
import { openShelf, type ShelfPage } from "./page/shelfPage.ts";

const TARGET: TargetSpec = { type: "class", classes: ["garden", "kitchen", "toys", "tools"] };
const INPUTS = Object.keys(SHELF_INPUTS).filter((name) => name !== "cover" && name !== "note");
const GROUPS = ["answer", "body", "facts", "sales", "photo"];

let shelf: ShelfPage;
let page: Page;
let photo: Buffer;

before(async () => {
  shelf = await openShelf(TARGET, INPUTS);
  page = shelf.page;
  photo = await sharp({ create: { width: 20, height: 12, channels: 3, background: "#d02010" } })
    .png()
    .toBuffer();
});
after(() => shelf?.close());

async function clear(): Promise<void> {
  await page.click("#clear");
  await page.waitForSelector("#idle:not([hidden])");
}

/** The page's answer from these groups is Node's. */
async function assertAnswers(groups: readonly string[], item: Item, on = page): Promise<void> {
  const { model: _, ...answer } = await copiedAnswer(on, groups);
  assertSameAnswer(answer, await shelf.expected(item));
}

async function error(name: string, text: string | RegExp): Promise<void> {
  await page.waitForSelector(`#${name}-error:not(:empty)`);
  const shown = (await page.textContent(`#${name}-error`))!;
  if (typeof text === "string") assert.equal(shown, text);
  else assert.match(shown, text);
}

const field = (label: string) => page.getByLabel(label, { exact: true });
const csv = (text: string, name = "sales.csv") => ({
  name,
  mimeType: "text/csv",
  buffer: Buffer.from(text),
});

test("every text speaks of the bundle's own things", async () => {
  assert.equal(
    await page.title(),
    "Marquee: product shelves from answer, body, facts, sales, and photo",
  );
  assert.equal(await page.textContent("h1"), "Which shelf does this product belong to?");
  assert.match(
    (await page.textContent("#intro"))!,
    /^Enter what you know: an answer, a body, facts, sales, a photo, or all of them\./,
  );
  await field("Product answer").fill("kettle");
  await copiedAnswer(page, ["answer"]);
  const text = await page.evaluate(() => document.body.outerHTML);
  assert.doesNotMatch(text, /movie|genre|poster|title|viewer/i);
  assert.deepEqual(await page.locator("legend").allTextContents(), [
    "Answer",
    "Body",
    "Facts",
    "Sales",
    "Photo",
  ]);
  assert.match(
    (await page.textContent("#gains-list"))!,
    /^Add the body\.Add facts\.Add sales\.Add the photo\.$/,
  );
});

test("Enter in a field sends nothing", async () => {
  await field("Product answer").press("Enter");
  assert.equal(await field("Product answer").inputValue(), "kettle");
});

test("two texts, a line and an area, each with its words", async () => {
  await field("Product body").fill("Wooden handle,\nnot steel");
  await assertAnswers(["answer", "body"], { answer: "kettle", body: "Wooden handle,\nnot steel" });
  assert.equal(await field("Product body").evaluate(({ tagName }) => tagName), "TEXTAREA");
  assert.deepEqual(await page.locator("#body-words .word").allTextContents(), [
    "wooden",
    "handle",
    "not",
    "steel",
  ]);
  assert.equal(await page.textContent("#body-words-heading"), "Words of the body that mattered");
});

test("the class is the answer, first of all, and has no threshold", async () => {
  const { scores, selected } = await copiedAnswer(page, ["answer", "body"]);
  assert.deepEqual(selected, [scores[0]!.label]);
  assert.equal(await page.textContent("#verdict"), scores[0]!.label);
  assert.deepEqual(await page.locator("#scores .selected .score-name").allTextContents(), selected);
  assert.equal(await page.locator("#scores li").count(), TARGET.type === "class" ? 4 : 0);
  assert.equal(await page.locator(".bar-threshold, .tick").count(), 0);
  assert.equal(await page.locator("#effects-table tbody tr").count(), 5, "with the weights");
});

test("a number: as typed, and refused beside its field", async () => {
  await clear();
  for (const [typed, value] of [
    ["12.5", 12.5],
    ["0", 0],
    ["1e2", 100],
  ] as const) {
    await field("Unit price").fill(typed);
    await assertAnswers(["facts"], { unit_price: value });
  }
  await field("Unit price").fill("cheap");
  await error("unit_price", 'The unit price "cheap" is not a number');
  assert.equal(await field("Unit price").getAttribute("aria-invalid"), "true");
  await field("Unit price").fill("-1");
  await error("unit_price", /^The unit price -1 is not a number/);
  await field("Unit price").fill("3");
  await assertAnswers(["facts"], { unit_price: 3 });
  assert.equal(await page.textContent("#unit_price-error"), "");
});

test("a category of few values is a list, of several values boxes; too many are refused", async () => {
  await clear();
  await page.getByRole("combobox", { name: "Brand" }).selectOption("Bolt");
  await assertAnswers(["facts"], { brand: "Bolt" });
  await field("red").check();
  await field("new").check();
  await assertAnswers(["facts"], { brand: "Bolt", tags: ["red", "new"] });
  await field("blue").check();
  await error("tags", "Tags: has 3 values; at most 2 are accepted");
  await field("red").uncheck();
  await assertAnswers(["facts"], { brand: "Bolt", tags: ["blue", "new"] });
  await page.getByRole("combobox", { name: "Brand" }).selectOption("not known");
  await assertAnswers(["facts"], { tags: ["blue", "new"] });
});

test("a category of many values suggests them, and says what the model does not know", async () => {
  await clear();
  await field("Form").fill("material 7");
  await assertAnswers(["facts"], { form: "material 7" });
  assert.ok(await page.isHidden("#form-hint"));
  assert.equal(await page.locator("#form-values option").count(), 40);
  await field("Form").fill("brass");
  await assertAnswers(["facts"], { form: "brass" });
  assert.equal(await page.textContent("#form-hint"), "The model does not know brass.");
  await field("Form").fill("");

  for (const value of ["material 3", "gold"]) {
    await field("Materials").fill(value);
    await field("Materials").press("Enter");
  }
  await assertAnswers(["facts"], { materials: ["material 3", "gold"] });
  assert.equal(await page.textContent("#materials-hint"), "The model does not know gold.");
  await page.getByRole("button", { name: "gold" }).click();
  await assertAnswers(["facts"], { materials: ["material 3"] });
});

test("a sequence: lines, with names or without, JSON, and a file", async () => {
  await clear();
  const steps = [
    [12, 0.5],
    [8, -1],
  ];
  for (const typed of ["12, 0.5\n8, -1", "sold\treturned\n12\t.5\n8\t-1", "[[12, 0.5], [8, -1]]"]) {
    await field("Product sales").fill(typed);
    await assertAnswers(["sales"], { sales: steps });
  }
  await field("Product sales").fill("12, 0.5\n8, many");
  await error("sales", 'Sales: has "many" in line 2, which is not a number');
  await field("Product sales").fill("12, 0.5\n8");
  await error("sales", "Step 2 is not a step, a list of 2 numbers");
  await field("Product sales").fill("[[12,");
  await error("sales", /^Sales: is not JSON/);

  await page.setInputFiles("#sales-file", csv("12;0.5\n8;none\n"));
  await error("sales", 'This file has "none" in line 2, which is not a number.');
  const long = Array.from({ length: 6 }, (_, i) => [i, i / 2]);
  await page.setInputFiles("#sales-file", csv(long.map((step) => step.join(";")).join("\n")));
  await assertAnswers(["sales"], { sales: long });
  assert.equal(
    await page.textContent("#sales-file-text"),
    "6 steps from sales.csv; the model reads the first 4",
  );
  assert.ok(await page.isHidden("#sales"));
  await page.getByRole("button", { name: "Remove the file of the sales" }).click();
  await field("Product sales").fill("12, 0.5\n8, -1");
  await assertAnswers(["sales"], { sales: steps });
});

test("an image has the pixels that Node reads, and a map for each class", async () => {
  await clear();
  await page.setInputFiles("#photo-file", {
    name: "p.png",
    mimeType: "image/png",
    buffer: photo,
  });
  await assertAnswers(["photo"], { photo: await decodePoster(photo) });
  await page.click("#photo-map-start");
  await page.waitForSelector("#photo-map:not([hidden])");
  assert.match((await page.getAttribute("#photo-map", "aria-label"))!, /photo supports|matters/);
  assert.equal(await page.locator("#photo-map-choice option").count(), 4);
});

test("a link has every input but the image, and opens with the same answer", async () => {
  const item = {
    answer: "Kettle & more",
    body: "steel",
    unit_price: 7.25,
    brand: "Nova",
    tags: ["red", "other"],
    form: "material 5",
    materials: ["material 1", "a_b~c"],
    sales: [
      [1, 2],
      [-3, 0.5],
    ],
  };
  await page.evaluate((text) => {
    location.hash = text;
  }, "answer=Kettle+%26+more&body=steel&unit_price=7.25&brand=Nova&tags=red~other&form=material+5&materials=material%25201~a%255Fb%257Ec&sales=1~2_-3~0.5");
  await assertAnswers(["answer", "body", "facts", "sales"], item);
  for (const [name, unknown] of [
    ["brand", "Nova"],
    ["tags", "other"],
    ["materials", "a_b~c"],
  ]) {
    assert.equal(await page.textContent(`#${name}-hint`), `The model does not know ${unknown}.`);
  }
  assert.ok(await page.isHidden("#form-hint"));
  await page.setInputFiles("#photo-file", {
    name: "p.png",
    mimeType: "image/png",
    buffer: photo,
  });
  await assertAnswers(GROUPS, { ...item, photo: await decodePoster(photo) });
  const link = await copied(page, "#copy-link");
  assert.equal(
    await page.textContent("#copied"),
    "Link copied, without the photo, which never leaves this device",
  );
  const other = await openPage(shelf.browser, link);
  await assertAnswers(["answer", "body", "facts", "sales"], item, other.page);
  assert.deepEqual(other.errors, []);
  await other.close();
});

test("a reload brings back every type of input, and what is not finished or wrong", async () => {
  await clear();
  await field("Product answer").fill("kettle");
  await field("Unit price").fill("cheap");
  await page.getByRole("combobox", { name: "Brand" }).selectOption("Bolt");
  await field("red").check();
  await field("Form").fill("brass");
  await field("Materials").fill("gold");
  await field("Product sales").fill("12, 0.5\n8, many");
  const back = async () => {
    await page.reload();
    await page.waitForSelector("#loading", { state: "hidden" });
  };
  await back();
  await error("unit_price", 'The unit price "cheap" is not a number');
  assert.equal(await field("Product sales").inputValue(), "12, 0.5\n8, many");
  await field("Unit price").fill("5");
  await field("Product sales").fill("");
  await assertAnswers(["answer", "facts"], {
    answer: "kettle",
    unit_price: 5,
    brand: "Bolt",
    tags: ["red"],
    form: "brass",
    materials: ["gold"],
  });
  const utf16 = Buffer.from("\uFEFF12;0.5\r\n8;-1\r\n", "utf16le");
  await page.setInputFiles("#sales-file", { ...csv(""), buffer: utf16 });
  await page.waitForSelector("#sales-file-text:not(:empty)");
  await back();
  assert.equal(await page.textContent("#sales-file-text"), "2 steps from sales.csv");
  await page.setInputFiles("#sales-file", csv("", "no.csv"));
  await error("sales", "This file is empty.");
});

test("an example fills in what the model takes; Clear removes everything", async () => {
  await clear();
  await page.getByRole("button", { name: "Fill in an example" }).click();
  const { selected } = await copiedAnswer(page, ["answer", "body", "facts", "sales"]);
  assert.equal(selected.length, 1);
  assert.equal(await field("Unit price").inputValue(), "20");
  await clear();
  assert.equal(await field("Unit price").inputValue(), "");
  assert.equal(await page.locator("#tags input:checked").count(), 0);
});

test("axe finds nothing, and nothing is wider than a phone", async () => {
  await page.getByRole("button", { name: "Fill in an example" }).click();
  await copiedAnswer(page, ["answer", "body", "facts", "sales"]);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await assertAccessible(page, `${colorScheme}, ${width}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} of ${width} pixels`);
    }
  }
  assert.deepEqual(shelf.errors, []);
});
