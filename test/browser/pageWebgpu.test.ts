/** WebGPU on an adapter in software: chosen, tried against WebAssembly, and passed over where it is slower. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { publishTiny } from "../serve/server.ts";
import { launchChromium } from "./harness/chromium.ts";
import { type FileServer, serveFolder } from "./harness/serve.ts";
import { builtSite } from "./harness/site.ts";
import { copiedAnswer, loaded, openPage } from "./page/pageLab.ts";

/** As the page's own self-test allows. */
const TOLERANCE = 1e-2;

/** This adapter is imitated, and says so. */
const SEEMS_REAL = `Object.defineProperty(self.GPUAdapterInfo?.prototype ?? {}, "isFallbackAdapter", {
  get: () => false,
});`;

let root: string;
let server: FileServer;
let browser: Browser;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-webgpu-"));
  await publishTiny(join(root, "bundle"));
  server = await serveFolder(await builtSite(join(root, "bundle")));
  browser = await launchChromium(["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]);
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(root, { recursive: true, force: true });
});

/** Why there is nothing to test; false where there is. */
async function withoutAdapter(page: Page): Promise<string | false> {
  const found = await page.evaluate(async () => {
    const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
    return Boolean(await gpu?.requestAdapter());
  });
  return found ? false : "this Chromium has no WebGPU in software";
}

const runs = async (page: Page) => (await page.textContent("#runs"))!;
const askedForGpu = () => server.requests.filter(({ path }) => path.includes("asyncify")).length;

test("in software it is not even loaded; chosen, it answers as WebAssembly does", async (t) => {
  const { page, troubles, close } = await openPage(browser, server.url);
  const without = await withoutAdapter(page);
  if (without) return t.skip(without);
  await page.waitForFunction(() =>
    document.getElementById("runs")!.textContent!.includes("only imitated by the processor"),
  );
  assert.equal(askedForGpu(), 0);
  await page.fill("#title", "Movie 3 (1994)");
  const byWasm = await copiedAnswer(page, ["title"]);

  await page.selectOption("#provider", "webgpu");
  await page.waitForSelector("#loading", { state: "visible" });
  await loaded(page);
  assert.match(await runs(page), /Computes withWebGPU, within \de-\d+ of WebAssembly/);
  assert.match(await runs(page), /Why not WebAssemblyyou chose WebGPU/);
  await page.fill("#title", "Movie 3 (1994)");
  const byGpu = await copiedAnswer(page, ["title"]);
  assert.deepEqual(byGpu.labels, byWasm.labels);
  for (const [i, { label, probability }] of byWasm.genres.entries()) {
    assert.equal(byGpu.genres[i]!.label, label);
    assert.ok(Math.abs(byGpu.genres[i]!.probability - probability) <= TOLERANCE);
  }
  assert.deepEqual(troubles, []);
  await close();
});

test("an adapter that seems real is tried once: the measurement is shown, and kept", async (t) => {
  const { page, close } = await openPage(browser, server.url, {}, SEEMS_REAL);
  const without = await withoutAdapter(page);
  if (without) return t.skip(without);
  await page.waitForFunction(() =>
    /takes [\d.]+ ms by WebAssembly, [\d.]+ ms by WebGPU/.test(
      document.getElementById("runs")!.textContent!,
    ),
  );
  const measured = await page.evaluate(() => JSON.parse(localStorage["marquee:measured"]));
  const computes = measured.faster === "wasm" ? /WebAssembly, \d/ : /Computes withWebGPU/;
  assert.match(await runs(page), computes);
  assert.ok((await runs(page)).includes(measured.reason));
  const asked = askedForGpu();
  assert.ok(asked > 0);
  await page.reload();
  await loaded(page);
  await page.waitForFunction(
    (reason) => document.getElementById("runs")!.textContent!.includes(reason),
    measured.reason,
  );
  assert.match(await runs(page), computes);
  if (measured.faster === "wasm") assert.equal(askedForGpu(), asked, "not loaded again");
  await close();
});
