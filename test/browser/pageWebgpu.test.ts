/** WebGPU on a software adapter: not tried as such; where it passes for a real one, compared with WebAssembly. */

import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { PROVIDER_TOLERANCE } from "../../predictor/providerTolerance.ts";
import { reasonWithout } from "../needs/needs.ts";
import { publishTiny } from "../serve/server.ts";
import { launchChromium } from "./harness/chromium.ts";
import { type FileServer, serveFolder } from "./harness/serve.ts";
import { builtSite } from "./harness/site.ts";
import { copiedAnswer, loaded, openPage } from "./page/openPage.ts";

/** The adapter is software and says so; this hides it. */
const SEEMS_REAL = `Object.defineProperty(self.GPUAdapterInfo?.prototype ?? {}, "isFallbackAdapter", {
  get: () => false,
});`;

/** Makes WebAssembly seem slow: changes its measurement, and no other answer, on the way to the page. */
const WASM_SEEMS_SLOW = `self.Worker = class extends Worker {
  constructor(url, options) {
    super(url, options);
    this.slow = options.name === "marquee-wasm";
  }
  addEventListener(type, listener) {
    super.addEventListener(type, (event) => {
      const measured = this.slow && typeof event.data?.value === "number";
      const data = { ...event.data, value: 1e6 };
      listener(measured ? new MessageEvent(type, { data }) : event);
    });
  }
};`;

/** A driver whose exponential function is wrong, and says nothing; put before the worker's own program. */
const WRONG_DRIVER = `{
  const { prototype } = self.GPUDevice ?? { prototype: {} };
  const { createShaderModule } = prototype;
  prototype.createShaderModule = function (descriptor) {
    const code = descriptor.code.replaceAll("exp(", "exp2(");
    return createShaderModule.call(this, { ...descriptor, code });
  };
}`;

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

/** @returns Why the test has to be skipped; false where it does not. */
async function withoutAdapter(page: Page): Promise<string | false> {
  const found = await page.evaluate(async () => {
    const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
    return Boolean(await gpu?.requestAdapter());
  });
  return found ? false : reasonWithout("chromiumWebgpu");
}

const runs = async (page: Page) => (await page.textContent("#runs"))!;
const askedForGpu = () => server.requests.filter(({ path }) => path.includes("asyncify")).length;

/** Destroys the real device during the next prediction. */
async function loseDevice(page: Page): Promise<void> {
  // The runtime's threads are workers, too, and answer nothing while they wait.
  const workers = page.workers().filter((worker) => worker.url().includes("predict.worker"));
  assert.equal(workers.length, 1);
  for (const worker of workers) {
    await worker.evaluate(() => {
      const { GPUDevice } = self as unknown as {
        GPUDevice: { prototype: { createCommandEncoder: unknown; destroy(): void } };
      };
      const create = GPUDevice.prototype.createCommandEncoder as (descriptor: unknown) => unknown;
      GPUDevice.prototype.createCommandEncoder = function (
        this: { destroy(): void },
        descriptor: unknown,
      ) {
        this.destroy();
        return create.call(this, descriptor);
      };
    });
  }
}

test("a software adapter is not used, and WebGPU's runtime not loaded", async (t) => {
  const { page, errors, close } = await openPage(browser, server.url);
  const without = await withoutAdapter(page);
  if (without) return t.skip(without);
  await page.waitForFunction(() =>
    document.getElementById("runs")!.textContent!.includes("software rendering on the CPU"),
  );
  assert.match(await runs(page), /Computes withWebAssembly/);
  assert.equal(askedForGpu(), 0);
  assert.deepEqual(errors, []);
  await close();
});

test("correct and faster, WebGPU takes over with the poster; the measurement is stored", async (t) => {
  const script = SEEMS_REAL + WASM_SEEMS_SLOW;
  const { page, errors, close } = await openPage(browser, server.url, {}, script);
  const without = await withoutAdapter(page);
  if (without) return t.skip(without);
  const example = page.locator("#examples button").first();
  await example.click();
  const byWasm = await copiedAnswer(page, ["title", "poster", "ratings"]);
  await page.waitForFunction(() =>
    /Computes withWebGPU, within \d\.\de-\d+ of WebAssembly's answers/.test(
      document.getElementById("runs")!.textContent!,
    ),
  );
  assert.match(await runs(page), /takes [\d,.]+ ms by WebAssembly, [\d,.]+ ms by WebGPU/);
  await page.fill("#title", "");
  await page.fill("#year", "");
  await copiedAnswer(page, ["poster", "ratings"]);
  await example.click();
  const byGpu = await copiedAnswer(page, ["title", "poster", "ratings"]);
  assert.deepEqual(byGpu.selected, byWasm.selected);
  for (const [i, { label, probability }] of byWasm.scores.entries()) {
    assert.equal(byGpu.scores[i]!.label, label);
    assert.ok(Math.abs(byGpu.scores[i]!.probability - probability) <= PROVIDER_TOLERANCE);
  }

  await page.reload();
  await loaded(page);
  assert.match(await runs(page), /Computes withWebGPU.*Why not WebAssemblya prediction takes/);
  const stored = await page.evaluate(() => localStorage["marquee:measured"]);

  await example.click();
  await copiedAnswer(page, ["title", "poster", "ratings"]);
  await loseDevice(page);
  await page.fill("#title", "");
  await page.fill("#year", "");
  await copiedAnswer(page, ["poster", "ratings"]);
  assert.match(await runs(page), /Computes withWebAssembly.*Why not WebGPUit failed/);
  assert.equal(await page.textContent("#answer-error"), "");

  // As if it had been slower.
  await page.evaluate((text) => {
    localStorage["marquee:measured"] = JSON.stringify({ ...JSON.parse(text), faster: "wasm" });
  }, stored);
  const asked = askedForGpu();
  await page.reload();
  await loaded(page);
  await page.waitForFunction(() =>
    document.getElementById("runs")!.textContent!.includes("Why not WebGPUa prediction takes"),
  );
  assert.equal(askedForGpu(), asked, "not loaded again");
  assert.deepEqual(errors, []);
  await close();
});

test("faster but wrong, WebGPU is refused: WebAssembly keeps answering, and nothing is stored", async (t) => {
  const site = join(root, "wrong");
  await cp(await builtSite(join(root, "bundle")), site, { recursive: true });
  const assets = await readdir(join(site, "assets"));
  const worker = join(site, "assets", assets.find((name) => name.startsWith("predict.worker"))!);
  await writeFile(worker, WRONG_DRIVER + (await readFile(worker, "utf8")));
  const wrong = await serveFolder(site);
  t.after(() => wrong.close());
  const script = SEEMS_REAL + WASM_SEEMS_SLOW;
  const { page, errors, close } = await openPage(browser, wrong.url, {}, script);
  const without = await withoutAdapter(page);
  if (without) return t.skip(without);
  await page.waitForFunction(() =>
    /Why not WebGPU(?!being tried)./.test(document.getElementById("runs")!.textContent!),
  );
  assert.match(
    await runs(page),
    /Computes withWebAssembly.*its answers differ from WebAssembly's by [\d.]+ \(allowed: 0\.01\)/,
  );
  const stored = await page.evaluate(() => localStorage["marquee:measured"]);
  assert.equal(stored, undefined);
  assert.deepEqual(errors, []);
  await close();
});
