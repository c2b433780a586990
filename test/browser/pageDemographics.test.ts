/** The form of a bundle that describes users in its own words: nothing of MovieLens is written into the page. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openBundle } from "../../node/bundle.ts";
import { openSession, type Session } from "../../node/session.ts";
import type { InputError } from "../../predictor/errors.ts";
import { createPredictor, type Predictor } from "../../predictor/predictor.ts";
import { checkNumber } from "../../predictor/preprocess/number.ts";
import type { Rating } from "../../predictor/preprocess/ratings.ts";
import { RELEASE_YEARS } from "../../predictor/preprocess/title.ts";
import { launchForTests } from "./harness/chromium.ts";
import { publishWithGroups } from "./harness/demographics.ts";
import { type FileServer, serveFolder } from "./harness/serve.ts";
import { builtSite } from "./harness/site.ts";
import { assertSameAnswer, copiedAnswer, type OpenedPage, openPage } from "./page/openPage.ts";

let root: string;
let server: FileServer;
let browser: Browser;
let opened: OpenedPage;
let page: Page;
let session: Session;
let predictor: Predictor;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-demographics-"));
  const model = join(root, "bundle");
  await publishWithGroups(model, {
    groups: { genders: ["female", "male"], ages: [10, 30, 60], occupations: [7] },
    stars: { min: 1, max: 7 },
  });
  const { manifest, graph } = await openBundle(model);
  session = await openSession(graph, { threads: 1 });
  predictor = createPredictor(manifest, session.run);
  server = await serveFolder(await builtSite(model));
  browser = await launchForTests();
  opened = await openPage(browser, server.url);
  page = opened.page;
});
after(async () => {
  await opened?.close();
  await browser?.close();
  await server?.close();
  await session?.close();
  await rm(root, { recursive: true, force: true });
});

async function assertAnswers(rating: Rating): Promise<void> {
  const [expected] = await predictor.predict([{ ratings: [rating] }]);
  assertSameAnswer((await copiedAnswer(page, ["ratings"])).scores, expected!.scores);
}

test("a rating's choices are the data set's own, and count as such", async () => {
  await page.click("#ratings-add");
  const row = page.locator("#ratings-rows li");
  const options = (label: string) => row.getByLabel(label).locator("option").allTextContents();
  assert.deepEqual(await options("Gender"), ["gender?", "female", "male"]);
  assert.deepEqual(await options("Age"), ["age?", "under 30", "30 to 59", "60 and over"]);
  assert.deepEqual(await options("Occupation"), ["occupation?", "occupation 7"]);
  assert.equal(await row.getByRole("radio").count(), 7);
  await row.getByLabel("6 of 7 stars").check();
  const rating = { stars: 6 };
  await assertAnswers(rating);
  for (const gender of ["female", "male"]) {
    await row.getByLabel("Gender").selectOption(gender);
    await assertAnswers({ ...rating, gender });
  }
  await row.getByLabel("Age").selectOption("60 and over");
  await row.getByLabel("Occupation").selectOption("occupation 7");
  await assertAnswers({ ...rating, gender: "male", age: 60, occupation: 7 });
});

test("examples describe their viewers in the data set's words", async () => {
  await page.locator("#examples button").first().click();
  await copiedAnswer(page, ["title", "poster", "ratings"]);
  const genders = await page
    .getByLabel("Gender")
    .evaluateAll((selects) => selects.map((select) => (select as HTMLSelectElement).value));
  assert.deepEqual(genders, ["male", "female"]);
  assert.equal(await page.textContent("#ratings-error"), "");
  await page.click("#clear");
});

test("a link's age counts for the range that holds it, the youngest included", async () => {
  for (const [age, range] of [
    [5, "10"],
    [45, "30"],
    [99, "60"],
  ] as const) {
    await openLink(`ratings=3~male~${age}`);
    await page.waitForFunction(
      (value) => document.querySelector<HTMLSelectElement>("[aria-label=Age]")?.value === value,
      range,
    );
    await assertAnswers({ stars: 3, gender: "male", age });
  }
  await openLink("");
  await page.click("#clear");
});

/** What the predictor says of a year; empty where it takes it. */
function refusal(year: number): string {
  try {
    checkNumber("year", RELEASE_YEARS, year);
    return "";
  } catch (error) {
    return `The year ${(error as InputError).detail}`;
  }
}

async function openLink(fragment: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, fragment);
}

test("a link's gender counts in any case, and is refused where the data set does not have it", async () => {
  await openLink("ratings=3~FEMALE");
  await assertAnswers({ stars: 3, gender: "female" });
  await openLink("ratings=3~F");
  await page.waitForSelector("#ratings-error:not(:empty)");
  assert.equal(
    await page.textContent("#ratings-error"),
    'Rating 1: "F" is not one of female, male',
  );
  await page.getByLabel("Gender").selectOption("male");
  await assertAnswers({ stars: 3, gender: "male" });
  assert.equal(await page.textContent("#ratings-error"), "");
  await openLink("");
  await page.click("#clear");
});

test("years are refused in the predictor's words", async () => {
  assert.notEqual(refusal(0), "");
  await page.fill("#title", "Movie 3");
  for (const year of [1800, 1887, 1888, 1994, 2100, 2101]) {
    await page.fill("#year", String(year));
    await page.waitForFunction(
      (text) => document.getElementById("year-error")!.textContent === text,
      refusal(year),
    );
    if (refusal(year) === "") await copiedAnswer(page, ["title"]);
  }
  assert.deepEqual(opened.errors, []);
});
