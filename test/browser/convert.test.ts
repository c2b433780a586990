/** The converter page in Chromium: it gives the file that convert() gives, or says why there is none. */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import * as tfl from "@tensorflow/tfjs-layers";
import type { Browser, Page } from "playwright-core";
import { convert, type LayersArtifacts } from "../../pipeline/export/convert.ts";
import { TOLERANCE } from "../../pipeline/export/verify/measure.ts";
import { attr, GraphWriter } from "../pipeline/export/graph/graphs.ts";
import { weights } from "../pipeline/export/graph/opCases.ts";
import { artifactsOf, seedWeights } from "../pipeline/export/parity.ts";
import { publishTiny } from "../serve/server.ts";
import { assertAccessible } from "./harness/axe.ts";
import { launchForTests } from "./harness/chromium.ts";
import { type FileServer, serveFolder } from "./harness/serve.ts";
import { builtSite } from "./harness/site.ts";

const L = tfl.layers;
type T = tfl.SymbolicTensor;

let folder: string;
let server: FileServer;
let browser: Browser;
let page: Page;
let artifacts: LayersArtifacts;
/** All requests of the page, to any origin. */
let requests: { url: string; method: string }[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "marquee-convert-"));
  await publishTiny(join(folder, "bundle"));
  artifacts = await writeModel("model");
  server = await serveFolder(await builtSite(join(folder, "bundle")), { path: "/some/where" });
  browser = await launchForTests();
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await page?.close();
  page = await browser.newPage({ acceptDownloads: true });
  requests = [];
  page.on("request", (request) => requests.push({ url: request.url(), method: request.method() }));
  page.on("pageerror", (error) => assert.fail(error));
  page.on("console", (message) => assert.notEqual(message.type(), "error", message.text()));
  await page.goto(`${server.url}convert.html`);
  // The page's script fills the list once it has its sentences, which may be after the load event.
  await page.waitForSelector("#language option", { state: "attached" });
});

/** Writes a small text model whose weights are split within a tensor; one file has a name that old versions gave. */
async function writeModel(
  name: string,
  change: (json: string) => string = (json) => json,
): Promise<LayersArtifacts> {
  const tokens = tfl.input({ shape: [5], name: "tokens", dtype: "int32" });
  const words = L.embedding({ inputDim: 7, outputDim: 40, maskZero: true }).apply(tokens) as T;
  const last = L.lstm({ units: 30, recurrentInitializer: "glorotUniform" }).apply(words) as T;
  const labels = L.dense({ units: 40, activation: "sigmoid", name: "labels" }).apply(last) as T;
  const model = tfl.model({ inputs: tokens, outputs: labels });
  seedWeights(model, 6);
  const saved = await artifactsOf(model);
  const json = JSON.stringify({
    format: "layers-model",
    modelTopology: saved.modelTopology,
    weightsManifest: [{ paths: ["shard1of2.bin", "shard2of2"], weights: saved.weightSpecs }],
  });
  const at = join(folder, name);
  await mkdir(at);
  await writeFile(join(at, "model.json"), change(json));
  const bytes = new Uint8Array(saved.weightData as ArrayBuffer);
  await writeFile(join(at, "shard1of2.bin"), bytes.subarray(0, 5003));
  await writeFile(join(at, "shard2of2"), bytes.subarray(5003));
  return saved;
}

const files = (name: string, ...of: string[]) =>
  (of.length > 0 ? of : ["model.json", "shard1of2.bin", "shard2of2"]).map((file) =>
    join(folder, name, file),
  );

/** @returns The heading of the result. */
async function convertOnPage(): Promise<string> {
  await page.click("#convert");
  const heading = page.locator("#result-heading, #failed-heading").filter({ visible: true });
  await heading.waitFor();
  assert.ok(await heading.evaluate((element) => element === document.activeElement));
  return heading.innerText();
}

async function download(): Promise<{ name: string; bytes: Uint8Array }> {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

async function table(id: string): Promise<string[][]> {
  const rows = await page.locator(`#${id} tbody tr`).all();
  return Promise.all(rows.map((row) => row.locator("td").allInnerTexts()));
}

test("files in, convert()'s bytes out, compared with the original, and nothing leaves the computer", async () => {
  await page.setInputFiles("#files", files("model"));
  assert.equal(await convertOnPage(), "Converted");
  const { name, bytes } = await download();
  assert.equal(name, "model.onnx");
  assert.deepEqual(new Uint8Array(bytes), convert(artifacts).onnx);
  const rows = await table("comparison");
  assert.deepEqual(
    rows.map(([output, shape]) => [output, shape]),
    [
      ["labels", "[1, 40]"],
      ["labels", "[3, 40]"],
    ],
  );
  for (const [, , absolute, relative, verdict] of rows) {
    assert.equal(verdict, "ok");
    assert.ok(
      Number(absolute) < 1e-5 && Number(relative) < TOLERANCE.fp32,
      `${absolute}, ${relative}`,
    );
  }
  assert.deepEqual(await table("tensors"), [
    ["input", "tokens", "int32", "[batch, 5]"],
    ["output", "labels", "float32", "[batch, 40]"],
  ]);
  // Nothing leaves the computer, and nothing is fetched from elsewhere.
  assert.ok(requests.some(({ url }) => url.endsWith(".wasm")));
  for (const { url, method } of requests) {
    assert.equal(method, "GET");
    assert.ok(url.startsWith(server.url) || url.startsWith("blob:"), url);
  }
  await page.locator("summary", { hasText: "Layers" }).click();
  const classes = (await table("layers")).map(([, className]) => className);
  assert.deepEqual(classes, ["InputLayer", "Embedding", "LSTM", "Dense"]);
  await page.locator("summary", { hasText: "Operators" }).click();
  assert.ok((await table("operators")).some(([operator, n]) => operator === "LSTM" && n === "1"));
});

test("a graph model: converted, compared with tfjs-converter, its nodes listed", async () => {
  const graph = new GraphWriter();
  graph.input("image", [-1, 8, 8, 3]);
  graph.constant("kernel", weights([3, 3, 3, 4]));
  graph.node("Conv2D", "block/conv", ["image", "kernel"], {
    strides: attr.ints(1, 2, 2, 1),
    dilations: attr.ints(1, 1, 1, 1),
    padding: attr.text("SAME"),
  });
  graph.node("Relu", "block/relu", ["block/conv"]);
  graph.output("y", "block/relu");
  const { modelTopology, signature, weightSpecs, weightData } = graph.artifacts();
  const at = join(folder, "graph");
  await mkdir(at);
  const weightsManifest = [{ paths: ["group1-shard1of1.bin"], weights: weightSpecs }];
  const json = { format: "graph-model", modelTopology, signature, weightsManifest };
  await writeFile(join(at, "model.json"), JSON.stringify(json));
  const [bytes] = weightData as [ArrayBuffer];
  await writeFile(join(at, "group1-shard1of1.bin"), new Uint8Array(bytes));
  await page.setInputFiles("#files", files("graph", "model.json", "group1-shard1of1.bin"));
  assert.equal(await convertOnPage(), "Converted");
  const file = await download();
  assert.deepEqual(new Uint8Array(file.bytes), convert(graph.artifacts()).onnx);
  assert.deepEqual(
    (await table("comparison")).map(([output, shape, , , verdict]) => [output, shape, verdict]),
    [
      ["y", "[1, 4, 4, 4]", "ok"],
      ["y", "[3, 4, 4, 4]", "ok"],
    ],
  );
  await page.locator("summary", { hasText: "Nodes" }).click();
  assert.deepEqual(await table("layers"), [
    ["image", "Placeholder"],
    ["block/conv", "Conv2D"],
    ["block/relu", "Relu"],
  ]);
});

test("q8 from a folder: a smaller file, its distance to fp32, and what WebGPU needs", async () => {
  await page.setInputFiles("#folder", join(folder, "model"));
  await page.check("input[value=q8]");
  assert.equal(await convertOnPage(), "Converted");
  const { name, bytes } = await download();
  assert.equal(name, "model_quantized.onnx");
  assert.deepEqual(new Uint8Array(bytes), convert(artifacts, { dtype: "q8" }).onnx);
  for (const row of await table("comparison")) {
    assert.equal(row.length, 7);
    assert.ok(Number(row[4]) > 0 && Number(row[4]) < 1e-2, `against fp32: ${row[4]}`);
  }
  assert.match(await page.locator("#notes").innerText(), /WebGPU: needs forceCpuNodeNames/);
});

test("fp16-weights: half the size, and on this page as in convert()", async () => {
  await page.setInputFiles("#files", files("model"));
  await page.check("input[value=fp16-weights]");
  assert.equal(await convertOnPage(), "Converted");
  const { name, bytes } = await download();
  assert.equal(name, "model_fp16_weights.onnx");
  assert.deepEqual(new Uint8Array(bytes), convert(artifacts, { dtype: "fp16-weights" }).onnx);
});

test("without a comparison neither TensorFlow.js nor a runtime is loaded", async () => {
  await page.setInputFiles("#files", files("model"));
  await page.uncheck("input[name=compare]");
  assert.equal(await convertOnPage(), "Converted");
  assert.equal(await page.locator("#comparison-section").isVisible(), false);
  assert.deepEqual(
    requests.filter(({ url }) => url.endsWith(".wasm")),
    [],
  );
  assert.deepEqual(new Uint8Array((await download()).bytes), convert(artifacts).onnx);
});

test("files can be dropped, unrelated ones are ignored, and a missing one is named until it is added", async () => {
  const names = ["model.json", "shard1of2.bin"];
  const dropped = await Promise.all(
    files("model", ...names).map((path) => readFile(path, "base64")),
  );
  await page.evaluate(
    ({ dropped, names }) => {
      const transfer = new DataTransfer();
      for (const [i, base64] of dropped.entries()) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        transfer.items.add(new File([bytes], names[i]!));
      }
      transfer.items.add(new File(["x"], "readme.txt"));
      const event = new DragEvent("drop", { dataTransfer: transfer, bubbles: true });
      document.querySelector("#drop")!.dispatchEvent(event);
    },
    { dropped, names },
  );
  await page.locator("#given li").nth(2).waitFor();
  assert.equal(await convertOnPage(), "The model cannot be converted");
  assert.equal(
    await page.locator("#problems").innerText(),
    "shard2of2 is not among your files: 1 of the 2 weight files that model.json names; add it.",
  );
  await assertAccessible(page);
  await page.setInputFiles("#files", files("model", "shard2of2"));
  await page.uncheck("input[name=compare]");
  assert.equal(await convertOnPage(), "Converted");
});

test("all weight files that are missing are named at once", async () => {
  await page.setInputFiles("#files", files("model", "model.json"));
  assert.equal(await convertOnPage(), "The model cannot be converted");
  assert.equal(
    await page.locator("#problems").innerText(),
    "shard1of2.bin, shard2of2 are not among your files: 2 of the 2 weight files that model.json names; add them.",
  );
});

test("a sample model is converted with one click, from no file and no other place", async () => {
  await page.uncheck("input[name=compare]");
  const before = requests.length;
  await page.click("#sample");
  await page.locator("#result-heading").waitFor();
  assert.deepEqual(
    requests.slice(before).filter(({ url }) => !/\/assets\/[^/]*\.js$|^blob:/.test(url)),
    [],
  );
  assert.deepEqual(await page.locator("#given .path").allInnerTexts(), [
    "model.json",
    "weights.bin",
  ]);
  const [picture, words, classes] = await table("tensors");
  assert.deepEqual(picture, ["input", "picture", "float32", "[batch, 16, 16, 3]"]);
  assert.deepEqual(words, ["input", "words", "int32", "[batch, 8]"]);
  assert.deepEqual(classes, ["output", "classes", "float32", "[batch, 3]"]);
  await page.check("input[name=compare]");
  assert.equal(await convertOnPage(), "Converted");
  assert.deepEqual(
    (await table("comparison")).map((row) => row.at(-1)),
    ["ok", "ok"],
  );
});

test("errors name an unknown layer, a missing model, two models, and a file that is not JSON", async () => {
  await writeModel("unknown", (json) =>
    json.replace('"class_name":"LSTM"', '"class_name":"Bogus"'),
  );
  await page.setInputFiles("#files", files("unknown"));
  assert.equal(await convertOnPage(), "The model cannot be converted");
  const problem = await page.locator("#problems").innerText();
  assert.match(
    problem,
    /^lstm_LSTM\d+ \(Bogus\) unknown layer class "Bogus"; docs\/converter\.md lists all known classes/,
  );

  await page.click("#remove");
  await page.setInputFiles("#files", files("unknown", "shard1of2.bin"));
  await convertOnPage();
  assert.match(await page.locator("#problems").innerText(), /^model\.json is not among/);

  await page.click("#remove");
  for (const [name, text] of [
    ["a.json", "{}"],
    ["b.json", "weights"],
  ] as const) {
    await writeFile(join(folder, name), text);
  }
  await page.setInputFiles("#files", [join(folder, "a.json"), join(folder, "b.json")]);
  await convertOnPage();
  assert.match(await page.locator("#problems").innerText(), /^a\.json, b\.json are several models/);
  await page.click("#remove");
  await page.setInputFiles("#files", join(folder, "b.json"));
  await convertOnPage();
  assert.match(await page.locator("#problems").innerText(), /^b\.json the model .* it is not JSON/);
});

test("by keyboard alone", async () => {
  // Before the keys are pressed, so that the event is not missed.
  const chosen = page.waitForEvent("filechooser");
  const focused = () => page.evaluate(() => document.activeElement?.id);
  for (let i = 0; i < 20 && (await focused()) !== "choose"; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const chooser = await chosen;
  await chooser.setFiles(files("model"));
  await page.locator("#given li").nth(2).waitFor();
  const value = () =>
    page.evaluate(() => (document.activeElement as HTMLInputElement | null)?.value);
  for (let i = 0; i < 20 && (await value()) !== "fp32"; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  assert.equal(await value(), "fp16");
  for (let i = 0; i < 20 && (await focused()) !== "convert"; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator("#result-heading").waitFor();
  assert.equal(await focused(), "result-heading");
  await page.keyboard.press("Tab");
  const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.equal(file.suggestedFilename(), "model_fp16.onnx");
});

test("a conversion can be stopped", async () => {
  await page.setInputFiles("#files", files("model"));
  // Both clicks in one task of the page.
  await page.evaluate(() => {
    document.querySelector<HTMLElement>("#convert")!.click();
    document.querySelector<HTMLElement>("#cancel")!.click();
  });
  assert.ok(await page.locator("#idle").isVisible());
  assert.equal(await page.locator("#working").isVisible(), false);
  assert.equal(page.workers().length, 0);
});

test("axe finds nothing, in light and dark, wide and narrow; nothing is wider than a phone", async () => {
  await assertAccessible(page);
  await page.setInputFiles("#files", files("model"));
  await page.check("input[value=q8]");
  await convertOnPage();
  for (const summary of await page.locator("summary").all()) await summary.click();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await assertAccessible(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} of ${width} pixels`);
    }
  }
});
