/** The start of the model where it goes wrong: in words, with a way on, and without losing what was entered meanwhile. */

import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { createRandom } from "../../pipeline/common/random.ts";
import { GENRES } from "../../pipeline/dataset/sample/genres.ts";
import { drawPoster } from "../../pipeline/dataset/sample/poster.ts";
import { reasonWithout } from "../needs/needs.ts";
import { publishTiny } from "../serve/server.ts";
import { launchForTests } from "./harness/chromium.ts";
import { type FileServer, serveFolder } from "./harness/serve.ts";
import { builtSite } from "./harness/site.ts";
import { answered, copiedAnswer, loaded, openPage } from "./page/openPage.ts";

/** What the runtime and browsers say of their failures. */
const JARGON =
  /ASSERTIONS|Aborted|backend|ERR|RangeError|TypeError|RuntimeError|instantiate|wasm\b/;

/** Put before the worker's own program: threads that start, but hear nothing. */
const DEAF_THREADS = `self.Worker = class extends Worker { postMessage() {} };`;
/** A device without room for the runtime. */
const NO_MEMORY = `WebAssembly.Memory = class {
  constructor() { throw new RangeError("WebAssembly.Memory(): could not allocate memory"); }
};`;
/** Memory that runs out later, whether the runtime is compiled while it is downloaded, or from a copy that was unpacked. */
const MEMORY_RUNS_OUT = `for (const way of ["instantiate", "instantiateStreaming"]) {
  const compile = WebAssembly[way];
  WebAssembly[way] = async (...given) => {
    const { instance, module } = await compile.apply(WebAssembly, given);
    const exports = Object.fromEntries(Object.entries(instance.exports).map(([name, value]) => [name,
      typeof value !== "function" ? value : (...args) => {
        if (self.outOfMemory) throw new RangeError("Out of memory");
        return value(...args);
      }]));
    return { instance: { exports }, module };
  };
}`;
/** Seconds pass fifteen times as fast for whoever counts them, so that a test need not wait half a minute. */
const HASTY = `{ const every = setInterval; self.setInterval = (work, ms) => every(work, ms / 15); }`;

let root: string;
let site: string;
let worker: string;
let program: string;
let server: FileServer;
let browser: Browser;
const drawn = drawPoster(createRandom(3), [GENRES[4]!], "plain");

before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-start-"));
  await publishTiny(join(root, "bundle"));
  site = join(root, "site");
  await cp(await builtSite(join(root, "bundle")), site, { recursive: true });
  const assets = join(site, "assets");
  const name = (await readdir(assets)).find((file) => file.startsWith("predict.worker"))!;
  worker = join(assets, name);
  program = await readFile(worker, "utf8");
  server = await serveFolder(site);
  browser = await launchForTests();
});
afterEach(() => writeFile(worker, program));
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(root, { recursive: true, force: true });
});

test("threads that never answer: one thread answers, and is remembered", async (t) => {
  await writeFile(worker, DEAF_THREADS + program);
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(server.url);
  await page.waitForFunction(
    () => document.getElementById("loading-text")!.textContent === "Getting ready to compute",
  );
  await page.fill("#title", "Movie 3 (1994)");
  if (await page.evaluate(() => navigator.hardwareConcurrency < 2))
    return t.skip(reasonWithout("secondCore"));
  // The threads start with the runtime, the page's worker before it.
  for (let waits = 0; page.workers().length < 2 && waits < 200; waits++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(page.workers().length > 1, "there are threads");
  // The page waits longer for them than a test should: it counts seconds, each of which has to pass.
  await page.clock.runFor("00:30");
  await page.clock.resume();
  await answered(page, ["title"]);
  assert.match(
    (await page.textContent("#runs"))!,
    /1 thread \(more did not start in this browser\)/,
  );

  await page.reload();
  await loaded(page);
  assert.match(
    (await page.textContent("#runs"))!,
    /1 thread \(more did not start in this browser\)/,
  );
  assert.equal(page.workers().length, 1);
});

test("too little memory: said in words; the form works meanwhile, and a second try answers", async () => {
  await writeFile(worker, NO_MEMORY + program);
  const { page, close } = await openPage(browser, server.url);
  assert.match(
    (await page.textContent("#failed-text"))!,
    /^This device has too little free memory/,
  );
  assert.doesNotMatch((await page.textContent("body"))!, JARGON);
  await page.fill("#title", "Movie 3 (1994)");
  await page.click("#ratings-add");
  const poster = { name: "p.jpg", mimeType: "image/jpeg", buffer: await drawn };
  await page.setInputFiles("#poster-file", poster);
  await page.waitForSelector("#poster-facts:not(:empty)");
  await writeFile(worker, program);
  await page.click("#retry");
  const first = await copiedAnswer(page, ["title", "poster", "ratings"]);
  await page.click("#clear");
  await page.fill("#title", "Movie 3 (1994)");
  await page.click("#ratings-add");
  await page.setInputFiles("#poster-file", poster);
  assert.deepEqual(await copiedAnswer(page, ["title", "poster", "ratings"]), first);
  await close();
});

test("memory runs out later: said in words, and a second try answers what the form holds", async () => {
  await writeFile(worker, MEMORY_RUNS_OUT + program);
  const { page, close } = await openPage(browser, server.url);
  const predictor = page.workers().find((other) => other.url().includes("predict.worker"))!;
  await predictor.evaluate(() => {
    (self as unknown as { outOfMemory: boolean }).outOfMemory = true;
  });
  await page.fill("#title", "Movie 3 (1994)");
  await page.waitForSelector("#failed:not([hidden])");
  assert.match((await page.textContent("#failed-text"))!, /too little free memory/);
  assert.doesNotMatch((await page.textContent("body"))!, JARGON);
  await page.click("#retry");
  await answered(page, ["title"]);
  await close();
});

for (const [file, pattern, words] of [
  ["the manifest", /\/model\/manifest\.json$/, /^The download of manifest\.json has stalled/],
  // Where the server packs it, the runtime requests it by itself.
  ["the runtime", /\/ort-wasm[^/]*\.wasm$/, /^The download of ort-wasm\S*\.wasm has stalled/],
] as const) {
  test(`a server that never sends ${file}: said in words, and a second try answers`, async (t) => {
    await writeFile(worker, HASTY + program);
    const context = await browser.newContext();
    t.after(() => context.close());
    let requests = 0;
    await context.route(pattern, async (route) => {
      const isHead = route.request().method() === "HEAD";
      if (isHead) await route.fulfill({ headers: { "content-encoding": "gzip" } });
      else requests++;
    });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.waitForSelector("#failed:not([hidden])");
    assert.match((await page.textContent("#failed-text"))!, words);
    assert.equal(requests, 2);
    await context.unroute(pattern);
    await writeFile(worker, program);
    await page.click("#retry");
    await page.fill("#title", "Movie 3 (1994)");
    await answered(page, ["title"]);
  });
}

test("at 360 and 768 px, loading and failure are in view, and what has the focus is not below them", async () => {
  const graph = join(site, "model/model.onnx");
  await rename(graph, `${graph}.gone`);
  for (const width of [360, 768]) {
    const { page, close } = await openPage(browser, server.url, {
      viewport: { width, height: 700 },
    });
    const failed = (await page.locator("#failed").boundingBox())!;
    assert.ok(failed.y >= 0 && failed.y + failed.height <= 700, `${width}: ${failed.y}`);
    await page.focus("#clear");
    const focused = (await page.locator("#clear").boundingBox())!;
    assert.ok(focused.y + focused.height <= failed.y, `${width}: the focus is hidden`);
    const loading = await page.evaluate(() => {
      document.getElementById("failed")!.hidden = true;
      document.getElementById("loading")!.hidden = false;
      return document.getElementById("loading")!.getBoundingClientRect().toJSON() as DOMRect;
    });
    assert.ok(loading.top >= 0 && loading.bottom <= 700, `${width}: ${loading.top}`);
    await close();
  }
  await rename(`${graph}.gone`, graph);
});

test("under a server's Trusted Types: threads, service worker, a poster and its map", async (t) => {
  const policy = "require-trusted-types-for 'script'; trusted-types marquee default";
  const strict = await serveFolder(site, { headers: { "content-security-policy": policy } });
  t.after(() => strict.close());
  const { page, errors, close } = await openPage(browser, strict.url);
  await page.locator("#examples button").first().click();
  await answered(page, ["title", "poster", "ratings"]);
  await page.waitForSelector("#offline:not([hidden])");
  if (await page.evaluate(() => navigator.hardwareConcurrency > 1)) {
    assert.match((await page.textContent("#runs"))!, /WebAssembly, \d threads/);
  }
  assert.deepEqual(errors, []);
  await assert.rejects(
    page.evaluate(() => new Worker("data:text/javascript,")),
    /TrustedScriptURL/,
    "they are required",
  );
  await close();
});
