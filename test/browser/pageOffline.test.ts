/** The page on plain file servers: under any path, offline, without isolation, and when something new is published. */

import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page, Worker } from "playwright-core";
import { copyBundle } from "../../web/build/bundle.ts";
import { publishTiny } from "../serve/server.ts";
import { launchForTests } from "./harness/chromium.ts";
import { type FileServer, serveFolder } from "./harness/serve.ts";
import { builtSite } from "./harness/site.ts";
import { editFile, NEW_WORDMARK, publishNewBuild } from "./page/newBuild.ts";
import { answered, type CopiedAnswer, copiedAnswer, loaded, openPage } from "./page/openPage.ts";
import { addOtherOperator } from "./page/otherOperator.ts";

/** For browsers this is another computer, which makes pages without TLS insecure. */
const OTHER_HOST = "marquee.test";

let root: string;
let site: string;
let browser: Browser;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-offline-"));
  await publishTiny(join(root, "bundle"));
  await publishTiny(join(root, "next"), 2);
  site = join(root, "site");
  await cp(await builtSite(join(root, "bundle")), site, { recursive: true });
  browser = await launchForTests([`--host-resolver-rules=MAP ${OTHER_HOST} 127.0.0.1`]);
});
after(async () => {
  await browser?.close();
  await rm(root, { recursive: true, force: true });
});

/** Under a path, as a project's page may be, and without headers. */
const plain = () => serveFolder(site, { path: "/some/where", isolated: false });

async function answerTo(page: Page, title: string): Promise<CopiedAnswer> {
  await page.fill("#title", title);
  return copiedAnswer(page, ["title"]);
}

/** Waits until the service worker has its files and controls this page. */
async function controlled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((resolve) => {
      navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
    });
  });
}

/** Leaves out the runtime's threads, which are workers, too, and answer nothing while they wait. */
const predictors = (page: Page) =>
  page.workers().filter((worker) => worker.url().includes("predict.worker"));

/** @returns The directive of a worker's policy that forbids requests to other sites. */
async function refusal(worker: Worker): Promise<string> {
  return worker.evaluate(
    () =>
      new Promise((resolve) => {
        self.addEventListener("securitypolicyviolation", (event) => {
          resolve((event as SecurityPolicyViolationEvent).effectiveDirective);
        });
        fetch("https://elsewhere.invalid/").catch(() => setTimeout(() => resolve("none"), 1000));
      }),
  );
}

/** Waits until the worker has stored the server's bundle, which the page does not wait for. */
async function bundleStored(page: Page): Promise<void> {
  await page.waitForFunction(async () => {
    const { href } = new URL("model/manifest.json", document.baseURI);
    const served = await (await fetch(href, { cache: "no-store" })).text();
    const cache = await caches.open("marquee-bundle");
    const kept = await (await cache.match(href))?.text();
    return kept === served && (await cache.keys()).length === 2;
  });
}

/** Requests for the files that have copies, and the status of their answers: "GET model.onnx.gz 200". */
const large = (server: FileServer) =>
  server.requests
    .filter(({ path, status }) => /\.(wasm|onnx)(\.gz)?(\?|$)/.test(path) && status === 200)
    .map(({ path, method, status }) => {
      const name = new URL(path, "http://localhost").pathname.split("/").at(-1)!;
      return `${method} ${name.replace(/-[\w-]{8}(?=\.wasm)/, "")} ${status}`;
    });

async function reloaded(page: Page): Promise<void> {
  await page.reload();
  await loaded(page);
}

/** Looks for a new build, which browsers do by themselves once a day, or at a visit. */
async function updateServiceWorker(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const taken = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
    });
    await registration!.update();
    await taken;
  });
}

test("under a path and without isolation it answers with one thread; then both pages work offline", async () => {
  const server = await plain();
  const { page, errors, close } = await openPage(browser, server.url);
  assert.equal(await page.evaluate(() => self.crossOriginIsolated), false);
  assert.match((await page.textContent("#runs"))!, /WebAssembly, 1 thread \(more threads need/);
  const online = await answerTo(page, "Movie 3 (1994)");
  assert.deepEqual(
    server.requests.filter(({ path }) => !path.startsWith("/some/where/")),
    [],
  );
  await controlled(page);
  await page.waitForSelector("#offline:not([hidden])");
  // Once by the page, and once by the service worker, where the browser's cache has not kept it.
  assert.deepEqual(
    [...new Set(large(server))].sort(),
    [
      "GET model.onnx.gz 200",
      "GET ort-wasm-simd-threaded.wasm.gz 200",
      "HEAD model.onnx 200",
      "HEAD ort-wasm-simd-threaded.wasm 200",
    ],
    "a server that packs nothing is asked for packed copies",
  );
  const kept = server.requests.map(({ path }) => path).join("\n");
  assert.ok(!/convert|asyncify|avif|ort-rest/.test(kept), "what only other visits need is left");
  await bundleStored(page);
  await page.goto(`${server.url}convert.html`);
  await page.waitForSelector("#convert:disabled");
  await page.goBack();
  await loaded(page);
  await server.close();

  await reloaded(page);
  assert.match((await page.textContent("#runs"))!, /stored in this browser/);
  assert.deepEqual(await answerTo(page, "Movie 3 (1994)"), online);
  assert.ok(
    await page.evaluate(() => self.crossOriginIsolated),
    "the service worker isolates the page, for threads",
  );
  assert.match((await page.textContent("#runs"))!, /WebAssembly, \d+ threads?/);
  await page.goto(`${server.url}convert.html`);
  await page.waitForSelector("#convert:disabled");
  assert.deepEqual(
    errors.filter((error) => !error.includes("ERR_CONNECTION_REFUSED")),
    [],
  );
  await close();
});

test("a graph with operators that the runtime's first file lacks: the rest is downloaded, and kept offline", async () => {
  const server = await plain();
  const rests = () => server.requests.filter(({ path }) => path.includes("ort-rest")).length;
  const { page, errors, close } = await openPage(browser, server.url);
  const usual = await answerTo(page, "Movie 3 (1994)");
  assert.equal(rests(), 0);
  await close();
  const other = join(root, "other");
  await cp(join(root, "bundle"), other, { recursive: true });
  await addOtherOperator(other);
  await copyBundle(other, site);
  const again = await openPage(browser, server.url);
  const answer = await answerTo(again.page, "Movie 3 (1994)");
  assert.deepEqual(answer.scores, usual.scores);
  assert.notEqual(answer.model.version, usual.model.version);
  assert.ok(rests() > 0);
  await again.page.waitForSelector("#offline:not([hidden])");
  await bundleStored(again.page);
  await server.close();
  // Now with threads, where there is more than one core.
  await reloaded(again.page);
  assert.match((await again.page.textContent("#runs"))!, /stored in this browser/);
  assert.deepEqual((await answerTo(again.page, "Movie 3 (1994)")).scores, usual.scores);
  assert.deepEqual(
    [...errors, ...again.errors].filter((error) => !error.includes("ERR_CONNECTION_REFUSED")),
    [],
  );
  await again.close();
  await copyBundle(join(root, "bundle"), site);
});

test("a new bundle replaces the old one in the browser's store", async () => {
  const server = await plain();
  const { page, close } = await openPage(browser, server.url);
  const old = await answerTo(page, "Movie 3 (1994)");
  await controlled(page);
  await copyBundle(join(root, "next"), site);
  await reloaded(page);
  const now = await answerTo(page, "Movie 3 (1994)");
  assert.notEqual(now.model.version, old.model.version);
  assert.notDeepEqual(now.scores, old.scores);
  await bundleStored(page);
  const kept = await page.evaluate(async () => {
    const requests = await (await caches.open("marquee-bundle")).keys();
    return requests.map(({ url }) => new URL(url).pathname).sort();
  });
  assert.deepEqual(kept, ["/some/where/model/manifest.json", "/some/where/model/model.onnx"]);
  await server.close();
  await reloaded(page);
  assert.deepEqual(await answerTo(page, "Movie 3 (1994)"), now);
  await close();
  await copyBundle(join(root, "bundle"), site);
});

test("a new build replaces the old one completely", async () => {
  const server = await plain();
  const { page, close } = await openPage(browser, server.url);
  await controlled(page);
  await bundleStored(page);
  await publishNewBuild(site);
  await updateServiceWorker(page);
  await server.close();
  await reloaded(page);
  assert.equal(await page.textContent(".wordmark"), NEW_WORDMARK);
  await answerTo(page, "Movie 3 (1994)");
  const names = await page.evaluate(async () => (await caches.keys()).sort());
  assert.equal(names.length, 2, names.join());
  await close();
});

test("a network that answers with something else, or not at all, counts as none", async () => {
  const server = await plain();
  const { page, close } = await openPage(browser, server.url);
  const kept = await answerTo(page, "Movie 3 (1994)");
  await controlled(page);
  await bundleStored(page);
  const manifest = join(site, "model/manifest.json");
  await writeFile(manifest, "<!doctype html><title>Log in to this network</title>");
  await reloaded(page);
  assert.deepEqual(await answerTo(page, "Movie 3 (1994)"), kept);

  await copyBundle(join(root, "next"), site);
  const graph = join(site, "model/model.onnx");
  await writeFile(graph, (await readFile(graph)).subarray(0, 1000));
  await reloaded(page);
  assert.deepEqual(await answerTo(page, "Movie 3 (1994)"), kept);

  server.stall();
  await reloaded(page);
  assert.deepEqual(await answerTo(page, "Movie 3 (1994)"), kept);
  assert.match((await page.textContent("#runs"))!, /stored in this browser/);
  assert.deepEqual(await Promise.all(predictors(page).map(refusal)), ["connect-src"]);
  await close();
  await server.close();
  await copyBundle(join(root, "bundle"), site);
});

test("in a browser that forbids its store the page still answers", async () => {
  const worker = (await readdir(join(site, "assets"))).find((name) =>
    /^predict\.worker/.test(name),
  )!;
  const path = join("assets", worker);
  const text = await readFile(join(site, path), "utf8");
  await editFile(
    join(site, path),
    () =>
      `CacheStorage.prototype.open = async () => { throw new DOMException("no", "SecurityError"); };${text}`,
  );
  const server = await plain();
  const { page, close } = await openPage(browser, server.url);
  await answerTo(page, "Movie 3 (1994)");
  assert.match((await page.textContent("#runs"))!, /MB downloaded/);
  await close();
  await server.close();
  await writeFile(join(site, path), text);
});

test("a part that a newer build has removed: the page asks to be reloaded", async () => {
  const parser = (await readdir(join(site, "assets"))).find((name) => /^sync-.*\.js$/.test(name))!;
  const path = join(site, "assets", parser);
  const bytes = await readFile(path);
  await rm(path);
  const server = await plain();
  const { page, close } = await openPage(browser, server.url);
  const csv = { name: "r.csv", mimeType: "text/csv", buffer: Buffer.from("user,stars\n1,5\n") };
  await page.setInputFiles("#ratings-file", csv);
  await page.waitForSelector("#ratings-error:not(:empty)");
  assert.match((await page.textContent("#ratings-error"))!, /newer version .* reload the page/);
  await close();
  await server.close();
  await writeFile(path, bytes);
});

test("over plain HTTP it works without what browsers withhold there, and says so", async () => {
  const server = await plain();
  const { page, errors, close } = await openPage(
    browser,
    server.url.replace("127.0.0.1", OTHER_HOST),
  );
  assert.equal(await page.evaluate(() => self.isSecureContext), false);
  const runs = await page.textContent("#runs");
  assert.match(runs!, /Only the model file's size was checked/);
  assert.match(runs!, /Why not WebGPUbrowsers offer it on secure pages/);
  assert.ok(await page.isHidden("#poster-camera"));
  await page.fill("#title", "Movie 3 (1994)");
  await answered(page, ["title"]);
  // There is no clipboard, either.
  const shown = page.waitForEvent("dialog").then(async (dialog) => {
    await dialog.dismiss();
    return dialog.defaultValue();
  });
  await page.click("#copy-json");
  assert.equal(JSON.parse(await shown).genres.length, 3);
  assert.deepEqual(errors, []);
  await close();
  await server.close();
});

for (const [name, spoil, message] of [
  [
    "a damaged graph",
    (bytes: Buffer) => Buffer.from(bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1)),
    /model\.onnx is damaged: its SHA-256 differs/,
  ],
  ["a graph cut short", (bytes: Buffer) => bytes.subarray(0, 1000), /it has 1000 bytes, expected/],
  ["no graph", () => undefined, /model\.onnx could not be downloaded \(the server answered 404\)/],
] as const) {
  test(`${name}: the page says so, and Try again works once it is repaired`, async () => {
    const path = join(site, "model/model.onnx");
    const bytes = await readFile(path);
    const spoiled = spoil(bytes);
    // Its copy would do in its place.
    const copy = await readFile(`${path}.gz`);
    await rm(`${path}.gz`);
    if (spoiled) await writeFile(path, spoiled);
    else await rm(path);
    const server: FileServer = await plain();
    const { page, close } = await openPage(browser, server.url);
    assert.match((await page.textContent("#failed-text"))!, message);
    await writeFile(path, bytes);
    await writeFile(`${path}.gz`, copy.subarray(0, 1000));
    await page.click("#retry");
    await page.waitForSelector("#idle:not([hidden])");
    assert.ok(
      large(server).includes("GET model.onnx 200"),
      "a copy that is cut short is not used in place of its file",
    );
    await writeFile(`${path}.gz`, copy);
    await close();
    await server.close();
  });
}
