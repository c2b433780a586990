/** The page in a real Chromium, and what tests do with it. */

import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Answer } from "../../../predictor/answer.ts";

/** Milliseconds; a loaded machine takes seconds to start the runtime. */
const PATIENCE = 60_000;

export interface OpenedPage {
  readonly page: Page;
  /** Everything that went wrong unseen: errors of scripts, refused resources, requests to other origins. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens a page in a context of its own, and waits until its model answers or has failed.
 *
 * @param ahead JavaScript that runs in the page before its own.
 */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  ahead = "",
): Promise<OpenedPage> {
  const context = await browser.newContext({ locale: "en", ...options });
  await context.addInitScript({ content: ahead });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("pageerror", ({ message }) => troubles.push(message));
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== new URL(url).origin) troubles.push(request.url());
  });
  await page.goto(url);
  await loaded(page);
  return { page, troubles, close: () => context.close() };
}

export async function loaded(page: Page): Promise<void> {
  await page.waitForSelector("#loading", { state: "hidden" });
}

/** As `POST /v1/predict` answers. */
export type CopiedAnswer = Answer & {
  readonly explanation: { readonly inputs: Readonly<Record<string, unknown>> };
  readonly model: Readonly<Record<string, unknown>>;
};

/**
 * The answer as the page copies it, once it is the one to what the form holds.
 *
 * @param inputs Names of the inputs that it must come from.
 */
export async function copiedAnswer(page: Page, inputs: readonly string[]): Promise<CopiedAnswer> {
  await answered(page, inputs);
  return JSON.parse(await copied(page, "#copy-json"));
}

/** Waits until the page shows the answer to what the form holds. */
export async function answered(page: Page, inputs: readonly string[]): Promise<void> {
  await page.waitForFunction((names) => {
    const heads = [...document.querySelectorAll<HTMLElement>("#effects-table th[data-input]")];
    return (
      heads.map((head) => head.dataset.input).join() === names &&
      !document.querySelector("#answer[aria-busy=true], #drop[data-busy], #result[data-stale]")
    );
  }, inputs.join());
}

/** What a button puts on the clipboard. */
export async function copied(page: Page, button: string): Promise<string> {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate(() => navigator.clipboard.writeText(""));
  await page.click(button);
  await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== "");
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Rounding only: the same graph in another runtime. */
const TOLERANCE = 1e-5;

/** The same names, order and model, and the same numbers but for rounding. */
export function assertSameAnswer(actual: unknown, expected: unknown, where = "answer"): void {
  if (typeof expected === "number" && typeof actual === "number") {
    assert.ok(
      Math.abs(actual - expected) <= TOLERANCE,
      `${where}: ${actual}, expected ${expected}`,
    );
  } else if (typeof expected === "object" && expected !== null) {
    const [a, e] = [actual, expected] as Record<string, unknown>[];
    assert.deepEqual(Object.keys(a ?? {}).sort(), Object.keys(e!).sort(), where);
    for (const [key, value] of Object.entries(e!)) {
      assertSameAnswer(a![key], value, `${where}.${key}`);
    }
  } else assert.equal(actual, expected, where);
}
