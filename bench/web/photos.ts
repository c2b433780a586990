/**
 * `node --import tsx bench/web/photos.ts [--model FOLDER]`: gives the page large photos in Chromium, and measures how long they
 * take, when a title that is typed meanwhile is answered, and how much memory the renderer holds. Linux only. Results are in
 * docs/page.md.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import * as z from "zod";
import { runCommand } from "../../node/command.ts";
import { launchChromium } from "../../test/browser/harness/chromium.ts";
import { serveFolder } from "../../test/browser/harness/serve.ts";
import { buildSite } from "../../web/build/site.ts";
import { median } from "../statistics.ts";

const RUNS = 5;
/** Milliseconds in which the renderer may give memory back. */
const REST = 5000;
const PHOTOS = [
  { name: "JPEG, 24 MP", width: 6000, height: 4000, format: "jpeg" },
  { name: "JPEG, 49 MP", width: 8600, height: 5700, format: "jpeg" },
  { name: "PNG, 24 MP", width: 6000, height: 4000, format: "png" },
  { name: "WebP, 24 MP", width: 6000, height: 4000, format: "webp" },
] as const;

/** Blurred noise, turned by Exif as a phone's photo is. */
async function photo({ width, height, format }: (typeof PHOTOS)[number]): Promise<Buffer> {
  const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
  const create = { width: width >> 3, height: height >> 3, channels: 3, noise } as const;
  const image = sharp({ create: { ...create, background: "#888" } }).resize(width, height);
  return image.withMetadata({ orientation: 6 }).toFormat(format).toBuffer();
}

/** MB of a process: now, and the highest since `forget`. */
async function memory(pid: number): Promise<{ now: number; highest: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kilobytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
  return { now: kilobytes("VmRSS") / 1000, highest: kilobytes("VmHWM") / 1000 };
}

const forget = (pid: number) => writeFile(`/proc/${pid}/clear_refs`, "5");

/** The renderer with the most memory, which is the page's. */
async function findRenderer(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  const held = await Promise.all(renderers.map(async (pid) => (await memory(pid)).now));
  return renderers[held.indexOf(Math.max(...held))]!;
}

/** Milliseconds until the photo is shown, and until a title that is typed as it is read is answered. */
async function give(page: Page, path: string): Promise<{ shown: number; title: number }> {
  // No function in it has a name, which tsx would wrap in a helper that the page lacks.
  await page.evaluate(() => {
    const title = document.querySelector<HTMLInputElement>("#title")!;
    const drop = document.querySelector<HTMLElement>("#poster-drop")!;
    globalThis.times = new Promise((resolve) => {
      let [start, answered] = [Number.NaN, Number.NaN];
      document.querySelector("#poster-file")!.addEventListener(
        "change",
        () => {
          start = performance.now();
          title.value = `Movie ${start}`;
          title.dispatchEvent(new Event("input", { bubbles: true }));
        },
        { once: true, capture: true },
      );
      new MutationObserver(() => {
        if (Number.isNaN(answered)) answered = performance.now() - start;
      }).observe(document.querySelector("#answer")!, {
        subtree: true,
        childList: true,
        characterData: true,
      });
      new MutationObserver(() => {
        if (drop.hasAttribute("data-busy")) return;
        const shown = performance.now() - start;
        setTimeout(() => resolve({ shown, title: answered }), 1500);
      }).observe(drop, { attributes: true, attributeFilter: ["data-busy"] });
    });
  });
  await page.setInputFiles("#poster-file", path);
  return page.evaluate(() => globalThis.times);
}

declare global {
  var times: Promise<{ shown: number; title: number }>;
}

const program = {
  name: "node --import tsx bench/web/photos.ts",
  description: "Gives the page large photos in Chromium, and measures time and memory.",
  schema: z.strictObject({
    model: z.string().min(1).default("models/ml1m").describe("bundle"),
  }),
};

await runCommand(program, async ({ model }) => {
  const root = await mkdtemp(join(tmpdir(), "marquee-photos-"));
  await buildSite({ model, out: join(root, "site"), compress: "fast", logLevel: "warn" });
  const server = await serveFolder(join(root, "site"), { isolated: false });
  console.log("| file | MB | ms | title, ms | highest | above | after |");
  for (const kind of PHOTOS) {
    const path = join(root, `photo.${kind.format}`);
    const bytes = await photo(kind);
    await writeFile(path, bytes);
    const browser = await launchChromium();
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForSelector("#loading", { state: "hidden" });
    const pid = await findRenderer(browser);
    await page.waitForTimeout(REST);
    const before = (await memory(pid)).now;
    await forget(pid);
    const times: { shown: number; title: number }[] = [];
    for (let run = 0; run < RUNS; run++) times.push(await give(page, path));
    const { highest } = await memory(pid);
    await page.waitForTimeout(REST);
    const { now } = await memory(pid);
    const row = [
      median(times.map(({ shown }) => shown)),
      median(times.map(({ title }) => title)),
      highest,
      highest - before,
      now - before,
    ];
    const megabytes = (bytes.length / 1e6).toFixed(1);
    console.log(`| ${[kind.name, megabytes, ...row.map(Math.round)].join(" | ")} |`);
    await browser.close();
  }
  await server.close();
  await rm(root, { recursive: true });
  return 0;
});
