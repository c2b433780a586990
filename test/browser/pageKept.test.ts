/** Nothing that was entered is lost: by a reload, by Back, by a file that is refused; the address is a link to the form. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { answered, copied, copiedAnswer, loaded, openPage } from "./page/openPage.ts";
import { openPublishedPage, type PublishedPage } from "./page/publishedPage.ts";

let opened: PublishedPage;
let page: Page;
let poster: Buffer;

before(async () => {
  opened = await openPublishedPage();
  page = opened.page;
  poster = await sharp({ create: { width: 40, height: 60, channels: 3, background: "#305080" } })
    .jpeg()
    .toBuffer();
});
after(() => opened?.close());

const jpeg = (buffer = poster, name = "p.jpg") => ({ name, mimeType: "image/jpeg", buffer });
const csv = (text: string | Buffer, name = "r.csv") => ({
  name,
  mimeType: "text/csv",
  buffer: Buffer.from(text),
});

async function clear(on = page): Promise<void> {
  await on.click("#clear");
  await on.waitForSelector("#idle:not([hidden])");
}

/** Waits until the address has followed the form. */
async function followed(address: RegExp | string, on = page): Promise<void> {
  await on.waitForFunction(({ pattern }) => new RegExp(pattern).test(location.hash), {
    pattern: typeof address === "string" ? `^${address}$` : address.source,
  });
}

async function error(name: string, message: RegExp): Promise<void> {
  await page.waitForFunction(
    ({ id, pattern }) => new RegExp(pattern).test(document.getElementById(id)!.textContent!),
    { id: `${name}-error`, pattern: message.source },
  );
}

/** Fills every input, the ratings by a file and a row. */
async function fillEverything(): Promise<void> {
  await page.fill("#title", "Été & more");
  await page.fill("#year", "1961");
  await page.setInputFiles("#poster-file", jpeg());
  await page.setInputFiles("#ratings-file", csv("user,stars\n1,5\nsomeone,2\n", "two.csv"));
  await page.click("#ratings-add");
}

async function assertEverything(on = page): Promise<void> {
  await answered(on, ["title", "poster", "ratings"]);
  assert.equal(await on.inputValue("#title"), "Été & more");
  assert.equal(await on.inputValue("#year"), "1961");
  assert.match((await on.textContent("#poster-facts"))!, /40 × 60 pixels/);
  assert.match((await on.textContent("#ratings-file-text"))!, /^2 ratings from two\.csv/);
  assert.equal(await on.locator("#ratings-rows li").count(), 1);
}

/** Waits until so many files are stored, and so many forms. */
async function stored(files: number, forms: number): Promise<void> {
  await page.waitForFunction(
    async (expected) => {
      const opening = indexedDB.open("marquee-entered", 1);
      await new Promise((resolve) => {
        opening.onsuccess = resolve;
      });
      const counting = opening.result.transaction("files").objectStore("files").count();
      await new Promise((resolve) => {
        counting.onsuccess = resolve;
      });
      opening.result.close();
      return `${[counting.result, sessionStorage.length]}` === expected;
    },
    `${[files, forms]}`,
  );
}

test("the address is a link to what is entered, without the poster", async () => {
  await page.fill("#title", "Heat");
  await followed("#title=Heat");
  await page.fill("#year", "199x");
  await followed("#title=Heat&year=199x");
  await page.fill("#year", "1995");
  await page.setInputFiles("#poster-file", jpeg());
  await answered(page, ["title", "poster"]);
  await followed("#title=Heat&year=1995");
  assert.equal(await copied(page, "#copy-link"), page.url());
  const entries = await page.evaluate(() => history.length);
  await page.fill("#title", "Heat 2");
  await followed("#title=Heat%2B2&year=1995".replace("%2B", "\\+"));
  assert.equal(await page.evaluate(() => history.length), entries, "no steps for Back");
  await clear();
  await followed("");
  assert.ok(!page.url().includes("#"));
});

test("a reload brings back everything, the poster and a file's name, too", async () => {
  await fillEverything();
  await assertEverything();
  const before = await copiedAnswer(page, ["title", "poster", "ratings"]);
  await stored(1, 1);
  await page.reload();
  await loaded(page);
  await assertEverything();
  assert.deepEqual(await copiedAnswer(page, ["title", "poster", "ratings"]), before);
});

test("a reload right after the last key, and with something wrong", async () => {
  await page.fill("#year", "19x");
  await page.reload();
  await loaded(page);
  assert.equal(await page.inputValue("#year"), "19x");
  await error("year", /"19x" is not a whole number/);
  await page.fill("#year", "1961");
  await assertEverything();
});

test("the other page and Back, or its link back, bring back everything", async () => {
  await page.click("nav a[href*=convert]");
  await page.waitForSelector("#convert");
  await page.goBack();
  await loaded(page);
  await assertEverything();
  await page.click("nav a[href*=convert]");
  await page.waitForSelector("#convert");
  await page.click("nav a[href*=index]");
  await loaded(page);
  await assertEverything();
  await followed(/^#title=%C3%89t%C3%A9\+%26\+more&year=1961&ratings=/);
});

test("the skip link leaves the address alone", async () => {
  const url = page.url();
  await page.focus(".skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement!.id), "answer");
  assert.equal(page.url(), url);
});

test("another tab, and another link in this one, show the link's item", async () => {
  const other = await openPage(opened.browser, page.url());
  await answered(other.page, ["title", "ratings"]);
  assert.match((await other.page.textContent("#ratings-file-text"))!, /3 ratings from the link/);
  await other.close();
  await page.evaluate(() => {
    location.hash = "title=Alien&year=1979";
  });
  await answered(page, ["title"]);
  assert.equal(await page.inputValue("#title"), "Alien");
  await page.reload();
  await loaded(page);
  await answered(page, ["title"]);
  assert.equal(await page.inputValue("#year"), "1979");
});

test("what is too long for an address survives a reload", async () => {
  const rows = Array.from({ length: 900 }, (_, i) => `viewer number ${i},4\n`);
  await page.setInputFiles("#ratings-file", csv(`user,stars\n${rows.join("")}`, "many.csv"));
  await answered(page, ["title", "ratings"]);
  await followed("#title=Alien&year=1979");
  await page.reload();
  await loaded(page);
  await answered(page, ["title", "ratings"]);
  assert.match((await page.textContent("#ratings-file-text"))!, /^900 ratings from many\.csv/);
});

test("Clear removes everything that is stored", async () => {
  await page.setInputFiles("#poster-file", jpeg());
  await answered(page, ["title", "poster", "ratings"]);
  await stored(1, 1);
  await clear();
  await stored(0, 0);
});

/** As closed tabs leave them. @param ages In hours. */
async function leaveFiles(ages: readonly number[]): Promise<void> {
  await page.evaluate(async (hours) => {
    const opening = indexedDB.open("marquee-entered", 1);
    await new Promise((resolve) => {
      opening.onsuccess = resolve;
    });
    const files = opening.result.transaction("files", "readwrite").objectStore("files");
    for (const age of hours) {
      const at = Date.now() - age * 60 * 60 * 1000;
      const putting = files.put({ bytes: new ArrayBuffer(1), type: "", at }, `of ${age}`);
      await new Promise((resolve) => {
        putting.onsuccess = resolve;
      });
    }
    opening.result.close();
  }, ages);
}

async function reloadEmpty(): Promise<void> {
  await page.reload();
  await loaded(page);
  await page.waitForSelector("#idle:not([hidden])");
}

test("of what closed tabs left, the last 8 files of the last day stay", async () => {
  await leaveFiles([23, 25]);
  await stored(2, 0);
  await reloadEmpty();
  await stored(1, 0);
  await leaveFiles([1, 2, 3, 4, 5, 6, 7, 8]);
  await stored(9, 0);
  await reloadEmpty();
  await stored(8, 0);
  assert.equal(await page.inputValue("#title"), "");
  await page.evaluate(() => indexedDB.deleteDatabase("marquee-entered"));
  await reloadEmpty();
  await stored(0, 0);
});

test("an image of more than 64 MB is used, but not stored", async () => {
  await page.evaluate(
    'Object.defineProperty(File.prototype, "size", { value: 64_000_001, configurable: true })',
  );
  await page.fill("#title", "Heat");
  await page.setInputFiles("#poster-file", jpeg());
  await answered(page, ["title", "poster"]);
  await followed("#title=Heat");
  await page.evaluate(() => Reflect.deleteProperty(File.prototype, "size"));
  await page.reload();
  await loaded(page);
  await answered(page, ["title"]);
  await stored(0, 1);
  await clear();
});

test("where nothing may be stored, the address still has what a link has", async () => {
  const blocked = `for (const name of ["sessionStorage", "localStorage", "indexedDB"]) {
    Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
  }
  window.addEventListener("unhandledrejection", ({ reason }) => console.error(String(reason)));`;
  const other = await openPage(opened.browser, opened.url, {}, blocked);
  await other.page.fill("#title", "Heat");
  await other.page.setInputFiles("#poster-file", jpeg());
  await answered(other.page, ["title", "poster"]);
  await followed("#title=Heat", other.page);
  await other.page.reload();
  await loaded(other.page);
  await answered(other.page, ["title"]);
  assert.equal(await other.page.inputValue("#title"), "Heat");
  assert.deepEqual(other.errors, []);
  await other.close();
});

test("a poster that is refused leaves the one before, in the page and for the model", async () => {
  await page.setInputFiles("#poster-file", jpeg());
  const before = await copiedAnswer(page, ["poster"]);
  const heic = Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1");
  for (const [file, message] of [
    [heic, /it is a HEIC photo; export it as JPEG from Preview .* The poster from before stays\./],
    [
      Buffer.from("no image"),
      /not a JPEG, PNG, WebP, AVIF or GIF\)\. The poster from before stays/,
    ],
    [Buffer.alloc(0), /This file is an empty file\. The poster/],
  ] as const) {
    await page.setInputFiles("#poster-file", jpeg(file, "x"));
    await error("poster", message);
    assert.ok(await page.isVisible("#poster-preview"));
    assert.deepEqual(await copiedAnswer(page, ["poster"]), before);
  }
  await stored(1, 1);
  await page.reload();
  await loaded(page);
  assert.deepEqual(await copiedAnswer(page, ["poster"]), before);
  assert.equal(await page.textContent("#poster-error"), "");
});
