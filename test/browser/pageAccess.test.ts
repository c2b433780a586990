/** Accessibility: keyboard, screen reader, dark colours, phones, reduced motion. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { publishTiny } from "../serve/server.ts";
import { assertAccessible } from "./harness/axe.ts";
import { launchForTests } from "./harness/chromium.ts";
import { type FileServer, serveFolder } from "./harness/serve.ts";
import { builtSite } from "./harness/site.ts";
import { answered, type OpenedPage, openPage } from "./page/openPage.ts";

/** Presses of Tab within which any control is reached. */
const MAX_TABS = 40;

let root: string;
let server: FileServer;
let browser: Browser;
let opened: OpenedPage;
let page: Page;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-access-"));
  await publishTiny(join(root, "bundle"));
  server = await serveFolder(await builtSite(join(root, "bundle")));
  browser = await launchForTests();
  opened = await openPage(browser, server.url, { reducedMotion: "reduce" });
  page = opened.page;
});
after(async () => {
  await opened?.close();
  await browser?.close();
  await server?.close();
  await rm(root, { recursive: true, force: true });
});

/** Presses Tab until this control has the focus, which must be visible. */
async function tabTo(selector: string): Promise<void> {
  for (let press = 0; press < MAX_TABS; press++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate((wanted) => {
      const element = document.activeElement;
      if (!element?.matches(wanted)) return undefined;
      return getComputedStyle(element).outlineStyle;
    }, selector);
    if (at === undefined) continue;
    assert.notEqual(at, "none", `${selector} shows no focus`);
    return;
  }
  assert.fail(`${selector} is not reached by Tab`);
}

test("by keyboard alone: a title, ratings, the answer, and clearing the form", async () => {
  await tabTo(".skip");
  await tabTo("#title");
  await page.keyboard.type("Movie 3 (1994)");
  await answered(page, ["title"]);
  await tabTo("#ratings-add");
  await page.keyboard.press("Enter");
  await answered(page, ["title", "ratings"]);
  const stars = () => page.evaluate(() => (document.activeElement as HTMLInputElement).value);
  assert.equal(await stars(), "5", "the new rating has the focus");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await stars(), "4");
  await tabTo("#ratings-rows .remove");
  await page.keyboard.press("Enter");
  await answered(page, ["title"]);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "ratings-add");
  await tabTo("#effects-view");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.inputValue("#effects-view"), "without");
  await page.focus("body");
  await tabTo("#clear");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#idle:not([hidden])");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "title");
});

test("an example, the poster's map and its cancellation by keyboard: focus is never lost", async () => {
  await page.focus("body");
  await tabTo("#examples li:nth-child(2) button");
  await page.keyboard.press("Space");
  await answered(page, ["title", "poster", "ratings"]);
  await tabTo("#poster-remove");
  await page.keyboard.press("Enter");
  await answered(page, ["title", "ratings"]);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "poster-choose");
  await page.locator("#examples button").first().click();
  await answered(page, ["title", "poster", "ratings"]);
  await tabTo("#poster-map-start");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#poster-map:not([hidden])");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "poster-map-choice");
});

test("the answer is announced when the form stops changing", async () => {
  await page.fill("#title", "Movie 4");
  await answered(page, ["title", "poster", "ratings"]);
  const first = await page.locator("#scores .score-name").first().textContent();
  await page.waitForFunction(
    (name) => document.getElementById("announce")!.textContent!.startsWith(name),
    first!,
  );
});

test("axe finds nothing, in light and dark, wide and narrow; nothing is wider than a phone", async () => {
  await page.click("#poster-map-start");
  await page.waitForSelector("#poster-map:not([hidden])");
  for (const state of ["an answer with a map", "an error", "nothing"]) {
    if (state === "an error") {
      await page.fill("#year", "no");
      await page.waitForSelector("#year-error:not(:empty)");
    }
    if (state === "nothing") {
      await page.click("#clear");
      await page.waitForSelector("#idle:not([hidden])");
    }
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await assertAccessible(page, `${state}, ${colorScheme}, ${width}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${wide} of ${width} pixels`);
      }
    }
  }
  assert.deepEqual(opened.errors, []);
});

test("at 200 % text on a phone, nothing is wider than it, and every word of label, bar and choice is whole", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
  await page.locator("#examples button").first().click();
  await answered(page, ["title", "poster", "ratings"]);
  const cut = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    ...[...document.querySelectorAll<HTMLElement>("label, legend, .score-name, .bar, button")]
      .filter(({ clientWidth, scrollWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1)
      .map(({ textContent }) => textContent),
    ...[...document.querySelectorAll<HTMLElement>(".bar, #answer select, .stars")]
      // Only some bars are shown at first.
      .filter((element) => element.checkVisibility())
      .map((element) => element.getBoundingClientRect())
      .filter(({ width, right }) => width < 100 || right > 360)
      .map(({ left, right }) => `${left} to ${right}`),
  ]);
  assert.deepEqual(cut, [360]);
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "";
  });
});

test("with forced colours, dots and marks keep a colour of their own", async () => {
  await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
  const colours = await page.evaluate(() => {
    const marks = [
      ["legend", "::before"],
      [".effects th[data-input]", "::before"],
      [".tick"],
      [".bar-threshold"],
      [".selected .bar-fill"],
    ] as const;
    return {
      ground: getComputedStyle(document.documentElement).backgroundColor,
      marks: marks.map(
        ([selector, pseudo]) =>
          getComputedStyle(document.querySelector(selector)!, pseudo).backgroundColor,
      ),
    };
  });
  assert.ok(!colours.marks.includes(colours.ground), JSON.stringify(colours));
  assert.ok(!colours.marks.includes("rgba(0, 0, 0, 0)"), JSON.stringify(colours));
  await page.emulateMedia({ forcedColors: "none", reducedMotion: "reduce" });
});

test("on paper: what was entered and the answer, but no buttons", async () => {
  await page.emulateMedia({ media: "print", colorScheme: "dark", reducedMotion: "reduce" });
  for (const kept of ["#title", "#poster-preview", "#ratings-rows", "#verdict", "#scores"]) {
    assert.ok(await page.isVisible(kept), kept);
  }
  const left = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, nav, #provider, #gains, progress")]
      .filter((element) => element.checkVisibility())
      .map(({ id, outerHTML }) => id || outerHTML),
  );
  assert.deepEqual(left, []);
  const ground = await page.evaluate(
    () => getComputedStyle(document.body.parentElement!).background,
  );
  assert.match(ground, /rgb\(255, 255, 255\)/, "ink is saved in dark mode, too");
  await page.emulateMedia({ media: "screen", colorScheme: "light", reducedMotion: "reduce" });
});

test("two of the last answers side by side, chosen and forgotten by the keyboard", async () => {
  await page.click("#clear");
  for (const title of ["Movie 8", "Movie 9 (1990)"]) {
    await page.fill("#title", title);
    await page.waitForFunction(
      (name) => document.querySelector("#first-answer option")?.textContent?.includes(name),
      title,
    );
  }
  const options = await page.locator("#first-answer option").allTextContents();
  assert.ok(
    options.some((text) => text.includes("poster, ")),
    options.join("; "),
  );
  assert.deepEqual(
    options.slice(0, 2).map((text) => text.replace(/^\d+\. /, "")),
    ["“Movie 9 (1990)”", "“Movie 8”"],
  );
  const cells = () =>
    page.locator("#history-table tbody tr").first().locator("td").allTextContents();
  const [now] = await cells();
  assert.equal(
    now,
    await page
      .locator("#scores .score-value")
      .first()
      .evaluate((e) => e.firstChild!.textContent),
  );
  await tabTo("#second-answer");
  await page.keyboard.press("Home");
  assert.deepEqual((await cells()).slice(0, 2), [now, now], "an answer beside itself");
  await tabTo("#history-clear");
  await page.keyboard.press("Enter");
  assert.ok(await page.isHidden("#history"));
  assert.equal(await page.evaluate(() => document.activeElement?.id), "answer");
});

test("nothing moves for users who prefer reduced motion", async () => {
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")]
      .filter((element) => !/^0s(, 0s)*$/.test(getComputedStyle(element).transitionDuration))
      .map((element) => element.className),
  );
  assert.deepEqual(moving, []);
});
