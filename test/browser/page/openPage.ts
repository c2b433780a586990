/** Opens the page in a real Chromium, and reads what it shows. */

import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { LabelsAnswer } from "../../../predictor/answerTypes.ts";
import { TOLERANCE } from "../harness/tolerance.ts";

/** Milliseconds; a busy machine takes seconds to start the runtime. */
const TIMEOUT = 120_000;

export interface OpenedPage {
  readonly page: Page;
  /** URLs of what the page and its workers have requested. */
  readonly requests: readonly string[];
  /** Errors of scripts, refused resources, and requests to other origins, so far. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens a page in a context of its own, and waits until its model answers or has failed.
 *
 * @param script JavaScript that runs in the page before its own.
 */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  script = "",
): Promise<OpenedPage> {
  const context = await browser.newContext({ locale: "en", ...options });
  await context.addInitScript({ content: script });
  context.setDefaultTimeout(TIMEOUT);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  const requests: string[] = [];
  page.on("request", (request) => {
    requests.push(request.url());
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== new URL(url).origin) errors.push(request.url());
  });
  await page.goto(url);
  await loaded(page);
  return { page, errors, requests, close: () => context.close() };
}

export async function loaded(page: Page): Promise<void> {
  await page.waitForSelector("#loading", { state: "hidden" });
}

/** The JSON that `POST /v1/predict` answers with. */
export type CopiedAnswer = LabelsAnswer & {
  readonly explanation: { readonly inputs: Readonly<Record<string, unknown>> };
  readonly model: Readonly<Record<string, unknown>>;
};

/**
 * Waits until the answer matches the form, and reads it as the page copies it.
 *
 * @param inputs Names of the inputs that the answer must come from.
 */
export async function copiedAnswer(page: Page, inputs: readonly string[]): Promise<CopiedAnswer> {
  await answered(page, inputs);
  return JSON.parse(await copied(page, "#copy-json"));
}

/** Waits until the answer matches the form. */
export async function answered(page: Page, inputs: readonly string[]): Promise<void> {
  await page.waitForFunction((names) => {
    const heads = [...document.querySelectorAll<HTMLElement>("#effects-table th[data-input]")];
    return (
      heads.map((head) => head.dataset.input).join() === names &&
      !document.querySelector("#answer[aria-busy=true], .drop[data-busy], #result[data-stale]")
    );
  }, inputs.join());
}

/** @returns What a button copies to the clipboard. */
export async function copied(page: Page, button: string): Promise<string> {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate(() => navigator.clipboard.writeText(""));
  await page.click(button);
  await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== "");
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Asserts the same names, order and model, and numbers within the runtimes' tolerance. */
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
