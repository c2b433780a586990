/**
 * `node --import tsx bench/web.ts [--model FOLDER]`: measures the page with a local server. In every browser that is here,
 * and for every kind of file server: size of its downloads and time until it can be used. In Chromium, with one thread: time per
 * prediction, and the speed of TensorFlow.js on the same network.
 * Needs the bundle's backbone (`npm run pretrained`). Results are in bench/notes/web.md.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import * as z from "zod";
import { openBundle } from "../node/bundle.ts";
import { runCommand } from "../node/command.ts";
import { launchChromium } from "../test/browser/harness/chromium.ts";
import { buildScript } from "../test/browser/harness/script.ts";
import { serveFolder } from "../test/browser/harness/serve.ts";
import { copyBundle } from "../web/build/bundle.ts";
import { buildSite } from "../web/build/site.ts";
import { randomNetwork } from "./web/network.ts";
import type { PeerTimes, Times } from "./web/protocol.ts";
import { measureVisits, type VisitFigures } from "./web/visits.ts";

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
    "Measures the page: its downloads and the time until it can be used in each browser, and predictions compared with TensorFlow.js.",
  schema: z.strictObject({
    model: z.string().min(1).default("models/ml1m").describe("bundle"),
    visits: z
      .int()
      .nonnegative()
      .default(7)
      .describe("visits with each browser and kind of server; 0: none are measured"),
    peers: z.boolean().default(true).describe("compare with TensorFlow.js"),
  }),
};

await runCommand(program, async ({ model, visits, peers }) => {
  console.log(`${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(1)}, ${model}\n`);
  if (visits > 0) {
    const site = await mkdtemp(join(tmpdir(), "marquee-site-"));
    await buildSite({ model, out: site, compress: "best", logLevel: "warn" });
    printVisits(await measureVisits(site, visits));
    await rm(site, { recursive: true });
  }
  if (!peers) return 0;
  const browser = await launchChromium();
  try {
    const measured = await measurePeers(browser, model);
    console.log(`\nChromium ${browser.version()}, one thread, median of 50 runs\n`);
    printPeers(measured);
  } finally {
    // Or the process would stay after an error.
    await browser.close();
  }
  return 0;
});

function printVisits(figures: readonly VisitFigures[]): void {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);
  console.log("| browser | server | MB until usable | MB in all | first, ms | later, ms |");
  console.log("| --- | --- | ---: | ---: | ---: | ---: |");
  for (const { browser, server, bytes, allBytes, first, again } of figures) {
    const times = [first, again].map((ms) => ms.toFixed(0));
    console.log(
      `| ${[browser, server, megabytes(bytes), megabytes(allBytes), ...times].join(" | ")} |`,
    );
  }
}

function printPeers(peers: PeerTimes): void {
  const milliseconds = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
  const both = ({ first, median: middle }: Times) => [milliseconds(first), milliseconds(middle)];
  console.log("| page | measured | goal |\n| --- | --- | --- |");
  for (const row of [
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
