/** The site of a bundle, from a file server, in a Chromium of its own. */

import type { Browser } from "playwright-core";
import { launchForTests } from "../harness/chromium.ts";
import { serveFolder } from "../harness/serve.ts";
import { builtSite } from "../harness/site.ts";
import { type OpenedPage, openPage } from "./openPage.ts";

export interface SitePage extends OpenedPage {
  readonly browser: Browser;
  /** URL of the site. */
  readonly url: string;
}

/** @param bundle Its folder; the site is built once for all files that use it. */
export async function openSiteOf(bundle: string): Promise<SitePage> {
  const server = await serveFolder(await builtSite(bundle));
  const browser = await launchForTests();
  const opened = await openPage(browser, server.url);
  return {
    ...opened,
    browser,
    url: server.url,
    async close() {
      await opened.close();
      await browser.close();
      await server.close();
    },
  };
}
