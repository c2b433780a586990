/** `npm run pictures`: the README's pictures of the page and of a report, drawn anew by a browser. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { z } from "zod";
import { runCommand } from "../node/command.ts";

const program = {
  name: "npm run pictures --",
  description: "Draws the pictures in docs/pictures/ with a browser, after npm run build:web.",
  schema: z.strictObject({
    model: z.string().min(1).default("models/ml1m").describe("folder of the bundle"),
    browser: z.string().min(1).default("/usr/bin/chromium").describe("Chromium or Chrome"),
  }),
};

const FOLDER = "docs/pictures";
/** In pixels. */
const SIZE = { width: 1120, height: 760 };
const QUALITY = 62;

await runCommand(program, async ({ model, browser: executablePath }) => {
  await mkdir(FOLDER, { recursive: true });
  const port = await freePort();
  const args = ["--import", "tsx", "serve/main.ts", "--model", model, "--port", String(port)];
  const server = spawn(process.execPath, args, { stdio: "ignore" });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: SIZE, colorScheme: "light" });
    await open(page, `http://127.0.0.1:${port}/`);
    await page.getByRole("textbox").first().fill("The Silent Harbour (1998)");
    await page.locator(".bar").first().waitFor();
    // An answer joins the page's history when the form has not changed for a second.
    await page.waitForTimeout(2000);
    await draw(page, "page");
    await page.goto(pathToFileURL(resolve(model, "report.html")).href);
    await draw(page, "report");
  } finally {
    await browser.close();
    server.kill();
    await once(server, "exit");
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

/** Waits for the server, which opens the model first. */
async function open(page: Page, url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await page.goto(url);
      return;
    } catch (error) {
      if (attempt === 60) throw error;
      await page.waitForTimeout(1000);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}
