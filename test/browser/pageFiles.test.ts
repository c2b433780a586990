/** Files that users have: whatever is dropped, pasted or chosen anywhere is read, or refused with what to do. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { answered } from "./page/openPage.ts";
import { openPublishedPage, type PublishedPage } from "./page/publishedPage.ts";

let opened: PublishedPage;
let page: Page;
let poster: Buffer;

before(async () => {
  opened = await openPublishedPage();
  page = opened.page;
  poster = await sharp({ create: { width: 40, height: 60, channels: 3, background: "#803050" } })
    .png()
    .toBuffer();
});
after(() => opened?.close());

async function clear(): Promise<void> {
  await page.click("#clear");
  await page.waitForSelector("#idle:not([hidden])");
}

async function error(name: string, message: RegExp): Promise<void> {
  await page.waitForFunction(
    ({ id, pattern }) => new RegExp(pattern).test(document.getElementById(id)!.textContent!),
    { id: `${name}-error`, pattern: message.source },
  );
}

async function fileText(text: RegExp): Promise<void> {
  await page.waitForFunction(
    (pattern) => new RegExp(pattern).test(document.getElementById("ratings-file-text")!.innerText),
    text.source,
  );
}

const choose = (content: string | Buffer, name = "r.csv") =>
  page.setInputFiles("#ratings-file", { name, mimeType: "", buffer: Buffer.from(content) });

interface Given {
  readonly files?: readonly { name: string; type: string; content: Buffer }[];
  readonly data?: Readonly<Record<string, string>>;
}

/** Drops or pastes on an element. @returns Whether the page took it from the browser. */
async function give(kind: "drop" | "paste", on: string, { files = [], data = {} }: Given) {
  return page.evaluate(
    (given) => {
      const transfer = new DataTransfer();
      for (const { name, type, bytes } of given.files) {
        transfer.items.add(new File([Uint8Array.from(bytes)], name, { type }));
      }
      for (const [type, text] of Object.entries(given.data)) transfer.setData(type, text);
      const options = { bubbles: true, cancelable: true };
      const event =
        given.kind === "drop"
          ? new DragEvent("drop", { ...options, dataTransfer: transfer })
          : new ClipboardEvent("paste", { ...options, clipboardData: transfer });
      return !document.querySelector(given.on)!.dispatchEvent(event);
    },
    {
      kind,
      on,
      files: files.map(({ content, ...file }) => ({ ...file, bytes: [...content] })),
      data,
    },
  );
}

const table = (text: string, name = "r.csv", type = "text/csv") => ({
  name,
  type,
  content: Buffer.from(text),
});
const picture = () => ({ name: "p.png", type: "image/png", content: poster });

test("CSV files as users have them", async () => {
  for (const [name, content, shown] of [
    [
      "utf16.csv",
      Buffer.from("\uFEFFuser,stars\r\n1,5\r\n", "utf16le"),
      /^1 rating from utf16\.csv/,
    ],
    ["semicolon.csv", "user;stars\n1;5\n2;4\n", /^2 ratings from semicolon\.csv, 4\.5 stars/],
    ["tabs.tsv", "user\tstars\n1\t3\n", /^1 rating from tabs\.tsv, 3\.0 stars/],
    [
      "ml.csv",
      "userId,movieId,rating,timestamp\n1,2571,5,978300760\n",
      /^1 rating from ml\.csv, 5\.0 stars on average; the model knows \d of 1 users/,
    ],
  ] as const) {
    await choose(content, name);
    await fileText(shown);
    await answered(page, ["ratings"]);
    assert.equal(await page.textContent("#ratings-error"), "");
  }
  await choose("", "empty.csv");
  await error("ratings", /^empty\.csv is empty$/);
  await fileText(/^1 rating from ml\.csv/);
});

test("all mistakes of a CSV file at once, a line each", async () => {
  await choose(`user,stars\n${Array.from({ length: 23 }, (_, i) => `${i},x\n`).join("")}`);
  await error("ratings", /^r\.csv has 23 mistakes:/);
  const shown = await page.locator("#ratings-error").innerText();
  const lines = shown.split("\n");
  assert.equal(lines.length, 22, shown);
  assert.equal(lines[20], 'line 21 has stars "x", which is not a number');
  assert.equal(lines[21], "and 3 more");
});

test("of several movies' ratings the page asks for one", async () => {
  await choose("userId,movieId,rating\n1,10,5\n2,10,4\n1,20,1\n", "all.csv");
  await page.waitForSelector("#ratings-which-item:not([hidden])");
  assert.equal(
    await page.textContent("#ratings-which-question"),
    "all.csv has ratings of 2 movies. Which one do you mean?",
  );
  assert.equal(await page.textContent("#ratings-error"), "");
  const control = page.getByLabel("Movie, by its movieId");
  await control.fill("30");
  await control.press("Enter");
  await error("ratings", /^all\.csv has no ratings of movieId 30$/);
  await control.fill("20");
  await page.getByRole("button", { name: "Use its ratings" }).click();
  await fileText(/^1 rating from all\.csv, movieId 20, 1\.0 stars/);
  assert.ok(await page.isHidden("#ratings-which-item"));
  assert.equal(await page.textContent("#ratings-error"), "");
});

test("files go to the input that reads them, wherever they are dropped or pasted", async () => {
  await clear();
  const csv = "user,stars\n1,4\n";
  // By its name, and where that has no ending by its type: Windows has Excel's.
  assert.ok(await give("drop", "#poster-drop", { files: [table(csv)] }));
  await fileText(/^1 rating from r\.csv/);
  assert.equal(await page.textContent("#poster-error"), "");
  await give("drop", "body", { files: [table(csv, "ratings", "application/vnd.ms-excel")] });
  await fileText(/^1 rating from ratings/);
  await give("paste", "body", { files: [table(csv, "pasted.csv", "")] });
  await fileText(/^1 rating from pasted\.csv/);

  await clear();
  await give("drop", "#title", { files: [picture(), table(csv, "both.csv")] });
  await answered(page, ["poster", "ratings"]);
  await fileText(/^1 rating from both\.csv/);
  await page.click("#poster-remove");
  await answered(page, ["ratings"]);
  await give("drop", "#ratings-add", { files: [picture()] });
  await answered(page, ["poster", "ratings"]);
  assert.equal(await page.textContent("#ratings-error"), "");

  await give("drop", "body", { files: [table("PK\u0003\u0004...", "book.xlsx")] });
  await error("ratings", /book\.xlsx is a spreadsheet .* export the table as CSV/);
});

test("a folder is called one", async () => {
  await clear();
  const folder = join(opened.folder, "posters");
  await mkdir(folder, { recursive: true });
  const session = await page.context().newCDPSession(page);
  const { x, y } = (await page.locator("#poster-drop").boundingBox())!;
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", {
      type,
      x: x + 20,
      y: y + 20,
      data: { items: [], files: [folder], dragOperationsMask: 1 },
    });
  }
  await error("poster", /^"posters" is a folder; open it, and drop the file you mean\.$/);
});

test("an image of another page: its file, its data, or what to do", async () => {
  await clear();
  const elsewhere = "https://elsewhere.invalid/poster.jpg";
  for (const [kind, data] of [
    ["drop", { "text/uri-list": elsewhere }],
    [
      "drop",
      { "text/uri-list": opened.url, "text/html": `<a href="/"><img src="${elsewhere}"></a>` },
    ],
    ["paste", { "text/plain": elsewhere }],
  ] as const) {
    await page.evaluate(() => {
      document.getElementById("poster-error")!.textContent = "";
    });
    assert.ok(await give(kind, "body", { data }), kind);
    await error("poster", /another site is not loaded.*Save the image, and drop its file here/);
  }
  // A browser that hands over the file, too.
  await give("drop", "body", { files: [picture()], data: { "text/uri-list": elsewhere } });
  await answered(page, ["poster"]);
  assert.equal(await page.textContent("#poster-error"), "");
  await clear();
  const inAddress = `data:image/png;base64,${poster.toString("base64")}`;
  await give("drop", "body", { data: { "text/html": `<img alt="" src="${inAddress}">` } });
  await answered(page, ["poster"]);
  await clear();
  await give("paste", "body", { data: { "text/plain": `${opened.url}sw.js` } });
  await error("poster", /not a JPEG, PNG, WebP, AVIF or GIF/);
  await give("drop", "body", { data: { "text/uri-list": `${opened.url}no.png` } });
  await error("poster", /cannot be loaded \(HTTP 404\)/);
});

test("a text that is pasted or dropped into a field stays the browser's", async () => {
  const address = "https://elsewhere.invalid/poster.jpg";
  assert.ok(!(await give("paste", "#title", { data: { "text/plain": address } })));
  assert.ok(!(await give("drop", "#title", { data: { "text/uri-list": address } })));
  assert.ok(!(await give("paste", "body", { data: { "text/plain": "Heat" } })));
  // Excel adds a picture of the cells.
  const cells = { files: [picture()], data: { "text/plain": "Heat" } };
  assert.ok(!(await give("paste", "#title", cells)));
  assert.ok(await page.isVisible("#poster-empty"));
  // What is refused on purpose above is the only thing in the console.
  assert.deepEqual(
    opened.errors.filter((message) => !/404/.test(message)),
    [],
  );
});
