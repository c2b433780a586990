/** The page with the published model, where there is one: it knows users, and many labels. */

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { publishTiny } from "../../serve/server.ts";
import { launchChromium } from "../harness/chromium.ts";
import { serveFolder } from "../harness/serve.ts";
import { builtSite } from "../harness/site.ts";
import { type OpenedPage, openPage } from "./openPage.ts";

const PUBLISHED = "models/ml1m";

/** @param folder Where a small bundle is published if there is no other. @returns The bundle's folder. */
export async function publishedModel(folder: string): Promise<string> {
  if (existsSync(PUBLISHED)) return PUBLISHED;
  await publishTiny(folder);
  return folder;
}

export interface PublishedPage extends OpenedPage {
  readonly browser: Browser;
  /** Of the site. */
  readonly url: string;
  /** For files of the test; removed at the end. */
  readonly folder: string;
}

/** Opens the page in a Chromium of its own, from a file server. The site is built once for all files that use it. */
export async function openPublishedPage(): Promise<PublishedPage> {
  const folder = await mkdtemp(join(tmpdir(), "marquee-page-"));
  const server = await serveFolder(await builtSite(await publishedModel(join(folder, "bundle"))));
  const browser = await launchChromium();
  const opened = await openPage(browser, server.url);
  return {
    ...opened,
    browser,
    url: server.url,
    folder,
    async close() {
      await opened.close();
      await browser.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
