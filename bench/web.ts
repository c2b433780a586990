/**
 * `node --import tsx bench/web.ts [--model FOLDER]`: measures the page in Chromium, with a local server and one thread: size of
 * its downloads, time until it can be used, time per prediction, and the speed of TensorFlow.js on the same network.
 * Needs the bundle's backbone (`npm run pretrained`). Results are in bench/notes/web.md.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { z } from "zod";
import { openBundle } from "../node/bundle.ts";
import { runCommand } from "../node/command.ts";
import { launchChromium } from "../test/browser/harness/chromium.ts";
import { buildScript } from "../test/browser/harness/script.ts";
import { type FileServer, serveFolder } from "../test/browser/harness/serve.ts";
import { copyBundle } from "../web/build/bundle.ts";
import { buildSite } from "../web/build/site.ts";
import { median } from "./statistics.ts";
import { randomNetwork } from "./web/network.ts";
import type { PeerTimes, Times } from "./web/protocol.ts";

const VISITS = 7;
/** Time after the page is ready in which its service worker downloads the rest, in milliseconds. */
const PRECACHE_MS = 4000;

interface VisitFigures {
  /** Bytes sent until the page could be used. */
  readonly bytes: number;
  /** Bytes sent in total. */
  readonly allBytes: number;
  /** Median time from navigation until the model is ready on a first visit, in milliseconds. */
  readonly first: number;
  /** The same on a later visit. */
  readonly again: number;
}

async function visitPage(browser: Browser, { url, requests }: FileServer): Promise<VisitFigures> {
  const sent = (from: number) => requests.slice(from).reduce((sum, { bytes }) => sum + bytes, 0);
  const [first, again]: [number[], number[]] = [[], []];
  let [bytes, allBytes] = [0, 0];
  for (let visit = 0; visit < VISITS; visit++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const ready = async () => {
      const handle = await page.waitForFunction(() => {
        if (document.querySelector("#failed:not([hidden])")) {
          throw new Error(document.querySelector("#failed-text")?.textContent ?? "");
        }
        return document.querySelector<HTMLElement>("#loading")?.hidden && performance.now();
      });
      return Number(await handle.jsonValue());
    };
    const before = requests.length;
    await page.goto(url, { waitUntil: "commit" });
    first.push(await ready());
    bytes = sent(before);
    await page.waitForTimeout(PRECACHE_MS);
    allBytes = sent(before);
    await page.reload({ waitUntil: "commit" });
    again.push(await ready());
    await context.close();
  }
  return { bytes, allBytes, first: median(first), again: median(again) };
}

/** Runs the measuring worker on a page that serves the bundle and the random network. */
async function measurePeers(browser: Browser, model: string): Promise<PeerTimes> {
  const script = await buildScript(fileURLToPath(new URL("web/peer.page.ts", import.meta.url)));
  await copyBundle(model, script.folder);
  const folder = join(script.folder, "network");
  await mkdir(folder);
  const { artifacts, fp32, q8 } = await randomNetwork((await openBundle(model)).manifest);
  const { weightData, ...description } = artifacts;
  await writeFile(join(folder, "model.json"), JSON.stringify(description));
  await writeFile(join(folder, "weights.bin"), new Uint8Array(weightData));
  await writeFile(join(folder, "fp32.onnx"), fp32);
  await writeFile(join(folder, "q8.onnx"), q8);
  const server = await serveFolder(script.folder, { isolated: false });
  const page = await browser.newPage();
  await page.goto(server.url);
  const measured = await page.evaluate(() => measure());
  await page.close();
  await server.close();
  await script.remove();
  return measured;
}

const program = {
  name: "node --import tsx bench/web.ts",
  description:
    "Measures the page in Chromium: its downloads, the time until it can be used, and predictions compared with TensorFlow.js.",
  schema: z.strictObject({
    model: z.string().min(1).default("models/ml1m").describe("bundle"),
  }),
};

await runCommand(program, async ({ model }) => {
  const site = await mkdtemp(join(tmpdir(), "marquee-site-"));
  await buildSite({ model, out: site, compress: "best", logLevel: "warn" });
  const server = await serveFolder(site, { isolated: false, compressed: true });
  const browser = await launchChromium();
  const visits = await visitPage(browser, server);
  const peers = await measurePeers(browser, model);
  console.log(
    `${cpus()[0]?.model.trim()}, Chromium ${browser.version()}, ${model}, one thread, median of ${VISITS} visits and 50 runs\n`,
  );
  await browser.close();
  await server.close();
  await rm(site, { recursive: true });
  printTables(visits, peers);
  return 0;
});

function printTables(visits: VisitFigures, peers: PeerTimes): void {
  const milliseconds = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const both = ({ first, median: middle }: Times) => [milliseconds(first), milliseconds(middle)];

  console.log("| page | measured | goal |\n| --- | --- | --- |");
  for (const row of [
    ["download until it can be used (brotli)", megabytes(visits.bytes), "8 MB"],
    ["total download, for offline use", megabytes(visits.allBytes), ""],
    ["time until it can be used, first visit", milliseconds(visits.first), "1,500 ms"],
    ["time until it can be used, later visit", milliseconds(visits.again), ""],
    ["first prediction", milliseconds(peers.predict.first), ""],
    ["prediction, median", milliseconds(peers.predict.median), "50 ms"],
    ["prediction with the effect of each input, median", milliseconds(peers.explain.median), ""],
  ]) {
    console.log(`| ${row.join(" | ")} |`);
  }
  console.log("\n| runtime | first | median | times faster |\n| --- | --- | --- | --- |");
  for (const [name, times] of [
    ["ONNX Runtime, q8", peers.onnx.q8],
    ["ONNX Runtime, fp32", peers.onnx.fp32],
    ["TensorFlow.js", peers.tfjs],
  ] as const) {
    const faster = (peers.tfjs.median / times.median).toFixed(2);
    console.log(`| ${[name, ...both(times), faster].join(" | ")} |`);
  }
  console.log(
    `\nThe runtimes ran the same network. TensorFlow.js and fp32 differ by at most ${peers.difference.toExponential(1)}.`,
  );
}
