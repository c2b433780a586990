/**
 * `node --import tsx tools/runtimeProfile.ts`: measures which functions of ONNX Runtime's WebAssembly graphs call, and writes
 * web/build/runtime/profile.json, by which the site is built. Needed after an update of onnxruntime-web; a test says so.
 *
 * The graphs are those of models/ml1m, and every one that the converter's tests convert: so the profile has all operators
 * that bundles of this project can have. They run in Chromium, with one thread and with more.
 */

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { sha256 } from "../node/files.ts";
import { launchChromium } from "../test/browser/harness/chromium.ts";
import { serveFolder } from "../test/browser/harness/serve.ts";
import { readProfile, writeProfile } from "../web/build/runtime/profile.ts";
import { bundleGraphs } from "./runtimeProfile/bundleGraphs.ts";
import { convertedGraphs } from "./runtimeProfile/convertedGraphs.ts";
import { recordCalls } from "./runtimeProfile/recordCalls.ts";
import { FILES, type Measured } from "./runtimeProfile/workload.ts";

/** With threads, other functions of the runtime are called. */
const THREADS = [1, 4];
const WORKER = fileURLToPath(new URL("runtimeProfile/call.worker.ts", import.meta.url));

const program = {
  name: "node --import tsx tools/runtimeProfile.ts",
  description: "Measures which functions of ONNX Runtime's WebAssembly graphs call.",
  schema: z.strictObject({
    model: z.string().min(1).default("models/ml1m").describe("bundle"),
  }),
};

await runCommand(program, async ({ model }) => {
  const dist = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
  const wasm = await readFile(join(dist, FILES.wasm));
  const before = await readProfile();
  const folder = await mkdtemp(join(tmpdir(), "marquee-profile-"));
  await mkdir(join(folder, "graphs"));
  let count = 0;
  for (const graphs of [bundleGraphs(model), convertedGraphs()]) {
    for await (const graph of graphs) {
      await writeFile(join(folder, "graphs", `${count++}.json`), JSON.stringify(graph));
    }
  }
  console.log(`${count} graphs`);
  const { module, functions, base } = recordCalls(wasm);
  await writeFile(join(folder, FILES.wasm), module);
  for (const name of [FILES.api, FILES.loader])
    await copyFile(join(dist, name), join(folder, name));
  await build({
    entryPoints: [WORKER],
    outfile: join(folder, "worker.js"),
    bundle: true,
    format: "esm",
    external: [`./${FILES.api}`],
    logLevel: "warning",
  });
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Profile</title>");
  // Which functions threads call varies a little: what an earlier measurement of this version saw stays.
  const isSame = before.sha256 === sha256(wasm);
  const called = Array.from({ length: functions }, (_, i) => isSame && before.called[i]!);
  const server = await serveFolder(folder);
  const browser = await launchChromium();
  for (const threads of THREADS) {
    const page = await browser.newPage();
    await page.goto(server.url);
    const query = new URLSearchParams(
      Object.entries({ threads, count, functions, base }).map(([name, value]) => [
        name,
        `${value}`,
      ]),
    );
    const { numbers, failed } = await page.evaluate<Measured, string>(
      (url) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(url, { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        }),
      `worker.js?${query}`,
    );
    for (const number of numbers) called[number] = true;
    console.log(`${threads} threads: ${numbers.length} functions; ${failed.length} graphs failed`);
    for (const line of failed) console.log(`  ${line}`);
    await page.close();
  }
  await browser.close();
  await server.close();
  await rm(folder, { recursive: true });
  await writeProfile({ sha256: sha256(wasm), called });
  const number = (list: readonly boolean[]) => list.filter(Boolean).length;
  console.log(`${number(called)} of ${functions} functions, before ${number(before.called)}`);
});
