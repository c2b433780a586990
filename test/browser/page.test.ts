/** The page as the server serves it: for each input, alone and together, it gives the server's own answer. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { createRandom } from "../../pipeline/common/random.ts";
import { GENRES } from "../../pipeline/dataset/sample/genres.ts";
import { drawPoster } from "../../pipeline/dataset/sample/poster.ts";
import { PRECISION_FILES } from "../../predictor/manifest.ts";
import { movieInputs } from "../../predictor/movie.ts";
import type { Rating, UserSpec } from "../../predictor/preprocess/ratings.ts";
import type { Server } from "../../serve/server.ts";
import { createLab, type Lab } from "../serve/server.ts";
import { launchForTests } from "./harness/chromium.ts";
import { builtSite } from "./harness/site.ts";
import {
  assertSameAnswer,
  type CopiedAnswer,
  copied,
  copiedAnswer,
  loaded,
  type OpenedPage,
  openPage,
} from "./page/openPage.ts";

/** The real model where there is one: it knows demographics, and eighteen genres. */
const PUBLISHED = "models/ml1m";

let lab: Lab;
let server: Server;
let precision: "q8" | "fp32";
let browser: Browser;
let opened: OpenedPage;
let page: Page;
let poster: Buffer;
let users: UserSpec;
let ROWS: Rating[];

before(async () => {
  lab = await createLab(["fp32", "q8"]);
  const model = existsSync(PUBLISHED) ? PUBLISHED : lab.model;
  const site = await builtSite(model);
  // As the page chooses.
  precision = existsSync(join(model, PRECISION_FILES.q8)) ? "q8" : "fp32";
  server = await lab.serve({ model, site, precision });
  users = movieInputs(server.models.default.model.manifest.inputs).ratings;
  const { genders, ages, occupations } = users.groups;
  ROWS = [
    {
      stars: 5,
      ...(genders[0] === undefined ? {} : { gender: genders[0] }),
      ...(ages[2] === undefined ? {} : { age: ages[2] }),
      ...(occupations[3] === undefined ? {} : { occupation: occupations[3] }),
    },
    { stars: 2, ...(genders[1] === undefined ? {} : { gender: genders[1] }) },
  ];
  browser = await launchForTests([
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
  ]);
  opened = await openPage(browser, server.url);
  page = opened.page;
  poster = await drawPoster(createRandom(3), [GENRES[4]!], "plain");
});
after(async () => {
  await opened?.close();
  await browser?.close();
  await lab?.close();
});

/** For a movie with every input, figures are quoted from the bundle's curve, at as few ratings as were entered. */
async function assertMoreRatingsHelp(): Promise<void> {
  const [curve] = server.models.default.model.manifest.curves ?? [];
  // Bundles from before curves have no figures of few ratings, and none of all is quoted in their place.
  if (!curve) return assert.ok(await page.isHidden("#gains"));
  const all = curve.subsets.find(({ groups }) => groups.length === 3)!;
  const at = (count: number) => all.values[curve.counts.indexOf(count)]!.toFixed(2);
  assert.equal(ROWS.length, 2);
  const [gain, ...others] = await page.locator("#gains-list li").allTextContents();
  assert.deepEqual(others, []);
  assert.ok(gain!.startsWith("Add more ratings: ranking precision "), gain);
  assert.ok(gain!.includes(`${at(2)} to ${at(10)} with 10`), gain);
  assert.match(
    (await page.textContent("#gains-hint"))!,
    /on test movies with at most 2 of their ratings, by users that the model knows\.$/,
  );
}

/** The server's answer to the same movie. */
async function serverAnswer(movie: Record<string, unknown>): Promise<CopiedAnswer> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...movie, explain: true })) {
    if (Buffer.isBuffer(value)) form.append(name, new Blob([new Uint8Array(value)]), "poster.jpg");
    else form.append(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  const response = await fetch(`${server.url}/v1/predict`, { method: "POST", body: form });
  assert.equal(response.status, 200);
  return (await response.json()) as CopiedAnswer;
}

async function clear(): Promise<void> {
  await page.click("#clear");
  await page.waitForSelector("#idle:not([hidden])");
}

test("before anything is entered it shows an example, marked as one, which the first answer replaces", async () => {
  await page.waitForSelector("#result[data-example]");
  const [, shown] = await Promise.all([
    page.waitForSelector("#idle[data-example]"),
    page.locator("#scores li").count(),
  ]);
  assert.ok(shown > 0);
  const text = (await page.textContent("#idle-text"))!;
  const [, title, year] = /“(.*)”, year (\d+), and 2 ratings/.exec(text)!;
  assert.match((await page.textContent("#verdict-label"))!, /^Example: /);
  assert.equal(await page.textContent("#answer-heading"), "Example of an answer");
  assert.ok(await page.isHidden("#answer-buttons"), "nothing of it can be taken for an answer");
  assert.ok(await page.isHidden("#gains"));
  assert.equal(await page.textContent("#announce"), "", "it is not read out");
  await page.fill("#title", title!);
  await page.fill("#year", year!);
  const alone = await copiedAnswer(page, ["title"]);
  assertSameAnswer(alone, await serverAnswer({ title: title!, year: Number(year) }));
  assert.ok(await page.isHidden("#idle"));
  assert.doesNotMatch((await page.textContent("#verdict-label"))!, /Example/);
  await clear();
  assert.ok(await page.isVisible("#result[data-example]"));
});

async function addRatings(): Promise<void> {
  for (const [i, { stars, gender, age, occupation }] of ROWS.entries()) {
    await page.click("#ratings-add");
    const row = page.locator("#ratings-rows li").nth(i);
    await row.getByLabel(`${stars} of`).check();
    const choices = { Gender: gender, Age: age, Occupation: occupation };
    for (const [label, value] of Object.entries(choices)) {
      if (value !== undefined) await row.getByLabel(label).selectOption(String(value));
    }
  }
}

test("it runs under the server's headers and its own policy, from its own origin, with threads", async () => {
  await page.waitForFunction(() =>
    /Why not WebGPU.*no graphics adapter/.test(document.getElementById("runs")!.textContent!),
  );
  const runs = await page.textContent("#runs");
  assert.match(runs!, /WebAssembly, \d+ threads?/);
  assert.match(runs!, precision === "q8" ? /8-bit weights/ : /single precision/);
  assert.match(runs!, /Model file verified \(SHA-256\)/);
  const names = await page.evaluate(() =>
    performance.getEntriesByType("resource").map(({ name }) => name),
  );
  assert.ok(!names.some((name) => /asyncify|webgpu/.test(name)), "nothing of WebGPU is loaded");
  assert.deepEqual(opened.errors, []);
});

test("hashed names are cached for a year, pages are revalidated", async () => {
  const head = async (path: string) => (await fetch(server.url + path)).headers;
  assert.equal((await head("/")).get("cache-control"), "no-cache");
  assert.equal((await head("/sw.js")).get("cache-control"), "no-cache");
  assert.equal((await head("/model/manifest.json")).get("cache-control"), "no-cache");
  const [script] = /assets\/index-[\w-]+\.js/.exec(await (await fetch(server.url)).text())!;
  const headers = await head(`/${script}`);
  assert.match(headers.get("cache-control")!, /immutable/);
  assert.equal(headers.get("cross-origin-embedder-policy"), "require-corp");
});

test("a title", async () => {
  await page.fill("#title", "Movie 3, The");
  await page.fill("#year", "1994");
  const answer = await copiedAnswer(page, ["title"]);
  assertSameAnswer(answer, await serverAnswer({ title: "Movie 3, The", year: 1994 }));
  assert.equal(await page.locator("#scores li").count(), answer.scores.length);
  assert.equal(await page.locator("#scores li.selected").count(), answer.selected.length);
  assert.deepEqual(await page.locator("#title-words .word").allTextContents(), [
    "the",
    "movie",
    "3",
  ]);
  assert.deepEqual(
    await page.locator("#gains-list li").count(),
    2,
    "poster and ratings are missing",
  );
});

test("the year at the end of a title is read and shown", async () => {
  await clear();
  await page.fill("#title", "Movie 3 (1994)");
  assert.match((await page.textContent("#year-hint"))!, /1994/);
  assertSameAnswer(
    await copiedAnswer(page, ["title"]),
    await serverAnswer({ title: "Movie 3 (1994)" }),
  );
});

test("a poster, chosen, and then dropped or pasted in its place", async () => {
  await clear();
  const expected = await serverAnswer({ poster });
  await page.setInputFiles("#poster-file", {
    name: "p.jpg",
    mimeType: "image/jpeg",
    buffer: poster,
  });
  assertSameAnswer(await copiedAnswer(page, ["poster"]), expected);
  assert.match((await page.textContent("#poster-facts"))!, /\d+ × \d+ pixels/);
  for (const kind of ["drop", "paste"]) {
    await page.click("#poster-remove");
    await page.waitForSelector("#poster-empty:not([hidden])");
    await page.evaluate(
      ({ kind, bytes }) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(bytes)], "p.jpg", { type: "image/jpeg" }));
        const event =
          kind === "drop"
            ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
            : new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
      },
      { kind, bytes: [...poster] },
    );
    assertSameAnswer(await copiedAnswer(page, ["poster"]), expected);
  }
});

test("ratings by hand", async () => {
  await clear();
  await addRatings();
  assertSameAnswer(await copiedAnswer(page, ["ratings"]), await serverAnswer({ ratings: ROWS }));
});

test("ratings from a file, whose errors name the line", async () => {
  await clear();
  const give = (text: string) =>
    page.setInputFiles("#ratings-file", {
      name: "r.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(text),
    });
  const [first, second] = users.users;
  await give(`user,stars\n${first},5\n${second},good\n`);
  await page.waitForSelector("#ratings-error:not(:empty)");
  assert.match((await page.textContent("#ratings-error"))!, /r\.csv:3 has stars "good"/);
  await give(`user,stars\n${first},5\n${second},99\n`);
  await page.waitForFunction(() =>
    document.getElementById("ratings-error")!.textContent!.includes("r.csv:3, stars: 99 is out"),
  );
  await give(`user,stars\n${first},5\n${second},3\nsomeone,1\n`);
  const ratings = [
    { user: first, stars: 5 },
    { user: second, stars: 3 },
    { user: "someone", stars: 1 },
  ];
  assertSameAnswer(await copiedAnswer(page, ["ratings"]), await serverAnswer({ ratings }));
  assert.match(
    (await page.textContent("#ratings-file-text"))!,
    /3 ratings from r\.csv, 3\.0 stars on average; the model knows 2 of 3 users/,
  );
  assert.equal(await page.textContent("#ratings-error"), "");
});

test("a link's stars outside the range are refused, not replaced", async () => {
  await clear();
  const { max } = users.stars;
  await page.evaluate((stars) => {
    location.hash = `ratings=${stars}~F`;
  }, max + 4);
  await page.waitForSelector("#ratings-error:not(:empty)");
  assert.match((await page.textContent("#ratings-error"))!, new RegExp(`1: ${max + 4} is outside`));
  const stars = page.getByRole("spinbutton", { name: "Stars" });
  await stars.fill(String(max));
  await stars.blur();
  await copiedAnswer(page, ["ratings"]);
  await page.evaluate(() => {
    location.hash = "";
  });
});

test("all inputs together; the link restores all but the poster", async () => {
  await clear();
  await page.fill("#title", "Été, L' & more #1");
  await page.fill("#year", "1961");
  await page.setInputFiles("#poster-file", {
    name: "p.jpg",
    mimeType: "image/jpeg",
    buffer: poster,
  });
  await addRatings();
  const movie = { title: "Été, L' & more #1", year: 1961, ratings: ROWS };
  assertSameAnswer(
    await copiedAnswer(page, ["title", "poster", "ratings"]),
    await serverAnswer({ ...movie, poster }),
  );
  await assertMoreRatingsHelp();
  const link = await copied(page, "#copy-link");
  assert.match((await page.textContent("#copied"))!, /without the poster/);
  const other = await openPage(browser, link);
  assertSameAnswer(await copiedAnswer(other.page, ["title", "ratings"]), await serverAnswer(movie));
  await other.close();
});

test("the first part of ONNX Runtime is enough for the published graph", () => {
  const runtime = opened.requests.filter((url) => url.includes("ort-"));
  assert.ok(runtime.length > 0, "the runtime's requests are seen");
  // Otherwise tools/runtimeProfile.ts has to measure anew: every visit would download the rest.
  assert.deepEqual(
    runtime.filter((url) => url.includes("ort-rest")),
    [],
  );
});

test("six bars and those of the answer are shown, and all of them on request", async () => {
  const shown = () => page.locator("#scores li").filter({ visible: true }).count();
  const selected = await page
    .locator("#scores li")
    .evaluateAll((rows) => rows.findLastIndex((row) => row.classList.contains("selected")));
  const all = await page.locator("#scores li").count();
  const few = Math.min(all, Math.max(6, selected + 1));
  assert.equal(await shown(), few);
  assert.equal(await page.isVisible("#scores-more"), few < all);
  if (few === all) return;
  await page.focus("#scores-more");
  await page.keyboard.press("Enter");
  assert.equal(await shown(), all);
  assert.equal(await page.getAttribute("#scores-more", "aria-expanded"), "true");
  await page.keyboard.press("Enter");
  assert.equal(await shown(), few);
});

test("the map of a poster, for each genre; another answer removes it, and so does Cancel", async () => {
  await page.click("#poster-map-start");
  await page.waitForSelector("#poster-map:not([hidden])");
  const first = await page.getAttribute("#poster-map", "aria-label");
  const labels = await page.locator("#poster-map-choice option").allTextContents();
  await page.selectOption("#poster-map-choice", labels[1]!);
  const second = await page.getAttribute("#poster-map", "aria-label");
  assert.ok(first!.includes(labels[0]!) && second!.includes(labels[1]!));
  await page.fill("#year", "1962");
  await page.waitForSelector("#poster-map-start:not([hidden])");
  assert.ok(await page.isHidden("#poster-map"));
  // In one task of the page, so that no part can be finished before.
  await page.evaluate(() => {
    for (const id of ["start", "cancel"]) document.getElementById(`poster-map-${id}`)!.click();
  });
  await page.waitForSelector("#poster-map-start:not([hidden])");
  assert.ok(await page.isHidden("#poster-map"));
});

test("an error is shown beside its field until it is corrected there", async () => {
  await clear();
  await page.fill("#title", "Movie 3");
  await page.fill("#year", "19x4");
  await page.waitForSelector("#year-error:not(:empty)");
  assert.match((await page.textContent("#year-error"))!, /"19x4" is not a whole number/);
  assert.equal(await page.getAttribute("#year", "aria-invalid"), "true");
  await page.fill("#year", "1994");
  await copiedAnswer(page, ["title"]);
  assert.equal(await page.textContent("#year-error"), "");

  await page.fill("#title", "x".repeat(1001));
  await page.waitForSelector("#title-error:not(:empty)");
  assert.match((await page.textContent("#title-error"))!, /1001 characters/);
  await page.fill("#title", "Movie 3");

  const text = { name: "p.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no image") };
  await page.setInputFiles("#poster-file", text);
  await page.waitForSelector("#poster-error:not(:empty)");
  assert.ok(await page.isVisible("#poster-empty"));
  await page.setInputFiles("#poster-file", { ...text, buffer: poster });
  await copiedAnswer(page, ["title", "poster"]);
  assert.equal(await page.textContent("#poster-error"), "");
});

test("an example fills the form", async () => {
  await clear();
  await page.locator("#examples button").first().click();
  await copiedAnswer(page, ["title", "poster", "ratings"]);
  assert.notEqual(await page.inputValue("#title"), "");
});

test("of two examples the last one counts, even if the first one's poster is drawn later", async () => {
  const last = page.locator("#examples button").nth(1);
  await last.click();
  const expected = await copiedAnswer(page, ["title", "poster", "ratings"]);
  await clear();
  await page.evaluate(() => {
    const { decode } = HTMLImageElement.prototype;
    HTMLImageElement.prototype.decode = async function () {
      HTMLImageElement.prototype.decode = decode;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return decode.call(this);
    };
  });
  await page.locator("#examples button").first().click();
  await last.click();
  await page.waitForTimeout(1000);
  assert.deepEqual(await copiedAnswer(page, ["title", "poster", "ratings"]), expected);
});

test("a picture from the camera, which is off afterwards, however often it was opened", async () => {
  await clear();
  const streams = await page.evaluateHandle(() => {
    const asked: Promise<MediaStream>[] = [];
    const { mediaDevices } = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = (constraints) => {
      const stream = ask(constraints);
      asked.push(stream);
      return stream;
    };
    // In one task of the page, so that the first opening is answered after the second.
    for (const id of ["poster-camera", "camera-close", "poster-camera"])
      document.getElementById(id)!.click();
    return asked;
  });
  await page.locator("#camera-take:enabled").click();
  await copiedAnswer(page, ["poster"]);
  assert.ok(await page.isHidden("#camera-dialog"));
  const active = await streams.evaluate(async (asked) =>
    (await Promise.all(asked)).map((stream) => stream.active),
  );
  assert.deepEqual(active, [false, false]);
});

test("in Vietnamese, without the English sentences, until another language is chosen", async () => {
  const other = await openPage(browser, server.url, { locale: "vi-VN" });
  const { page } = other;
  const lang = () => page.evaluate(() => document.documentElement.lang);
  const files = () =>
    page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .flatMap(({ name }) => /\/[a-z]+\.[a-z]{2}(?=-)/.exec(name) ?? []),
    );
  assert.equal(await lang(), "vi");
  assert.match(await page.title(), /thể loại của phim từ tựa đề, áp phích và lượt đánh giá/);
  const loadedFiles = await files();
  assert.ok(loadedFiles.includes("/page.vi"), loadedFiles.join());
  assert.deepEqual(
    loadedFiles.filter((name) => !name.endsWith(".vi")),
    [],
  );
  await page.waitForSelector("#idle[data-example]");
  assert.match((await page.textContent("#idle-text"))!, /^Đây là một ví dụ: .* năm 1994/);
  await page.fill("#year", "19x4");
  await page.waitForSelector("#year-error:not(:empty)");
  assert.equal(await page.textContent("#year-error"), "Năm: “19x4” không phải là số nguyên");
  // What the worker says, by its code.
  const file = { name: "p.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no image") };
  await page.setInputFiles("#poster-file", file);
  await page.waitForSelector("#poster-error:not(:empty)");
  assert.equal(
    await page.textContent("#poster-error"),
    "Tệp này: không giải mã được thành ảnh (tệp không phải JPEG, PNG, WebP, AVIF hay GIF).",
  );
  await page.goto(`${server.url}/convert.html`);
  // The sentences come in a file of their own, after the page.
  await page.waitForSelector("h1:text-is('Từ TensorFlow.js sang ONNX')");
  await page.goBack();
  await loaded(page);
  const navigated = page.waitForEvent("load");
  await page.selectOption("#language", "en");
  await navigated;
  await loaded(page);
  assert.equal(await lang(), "en");
  assert.equal(await page.evaluate(() => localStorage.getItem("marquee:language")), "en");
  assert.match((await page.textContent("h1"))!, /^What genres/);
  assert.deepEqual(other.errors, []);
  await other.close();
});

test("the choice of provider is stored", async () => {
  const navigated = page.waitForEvent("load");
  assert.ok(await page.isHidden("#provider"), "how it runs is folded");
  await page.click(".runs summary");
  await page.selectOption("#provider", "wasm");
  await navigated;
  await loaded(page);
  assert.match((await page.textContent("#runs"))!, /you chose WebAssembly/);
  assert.deepEqual(opened.errors, []);
});
