/** `npm run pictures`: the README's pictures of the page and of a report, redrawn by a browser. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import sharp from "sharp";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { launchChromium } from "../test/browser/harness/chromium.ts";
import { serveFolder } from "../test/browser/harness/serve.ts";
import { buildSite } from "../web/build/site.ts";

const program = {
  name: "npm run pictures --",
  description: "Draws the pictures in docs/pictures/ with Chromium.",
  schema: z.strictObject({
    model: z.string().min(1).default("models/ml1m").describe("folder of the bundle"),
  }),
};

const FOLDER = "docs/pictures";
/** In pixels. */
const SIZE = { width: 1120, height: 760 };
const QUALITY = 62;

await runCommand(program, async ({ model }) => {
  await mkdir(FOLDER, { recursive: true });
  const site = await mkdtemp(join(tmpdir(), "marquee-site-"));
  await buildSite({ model, out: site, compress: false, logLevel: "warn" });
  const server = await serveFolder(site);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: SIZE, colorScheme: "light" });
    await page.goto(server.url);
    await page.getByRole("textbox").first().fill("The Silent Harbour (1998)");
    await page.locator(".bar").first().waitFor();
    // An answer joins the page's history when the form has not changed for a second.
    await page.waitForTimeout(2000);
    await draw(page, "page");
    await page.goto(pathToFileURL(resolve(model, "report.html")).href);
    await draw(page, "report");
  } finally {
    await browser.close();
    await server.close();
    await rm(site, { recursive: true });
  }
  return undefined;
});

async function draw(page: Page, name: string): Promise<void> {
  const picture = await sharp(await page.screenshot())
    .webp({ quality: QUALITY })
    .toBuffer();
  await writeFile(join(FOLDER, `${name}.webp`), picture);
  console.log(`${FOLDER}/${name}.webp: ${picture.length} bytes`);
}
