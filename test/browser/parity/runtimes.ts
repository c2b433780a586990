/** The sides of the comparison: this process, and a worker in each browser that is installed, with one bundle. */

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { openBundle } from "../../../node/bundle.ts";
import { decodePoster } from "../../../node/poster.ts";
import { openSession } from "../../../node/session.ts";
import { InputError } from "../../../predictor/errors.ts";
import { movieInputs } from "../../../predictor/movie.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { resizePoster } from "../../../predictor/preprocess/poster.ts";
import { copyBundle } from "../../../web/build/bundle.ts";
import { launchChromium } from "../harness/chromium.ts";
import { drive, OTHER_BROWSERS, type OtherBrowser } from "../harness/otherBrowsers.ts";
import { type BuiltScript, buildScript } from "../harness/script.ts";
import { serveFolder } from "../harness/serve.ts";
import type { NativeImage, ParityJob, ParityResult } from "./protocol.ts";

/** Jobs that travel to a browser together: a request for each one would take longer than the job. */
const BATCH = 50;

export interface Runtime {
  /** Results in the jobs' order. */
  run(jobs: readonly ParityJob[]): Promise<ParityResult[]>;
  close(): Promise<void>;
}

export interface BrowserRuntime extends Runtime {
  /** As the browser names itself. */
  readonly agent: string;
  /** Whether the browser alters a canvas that is read back. */
  altersCanvas(): Promise<boolean>;
  /** Only of Chromium: an image file, in base64, as its own decoder shows it, without any code of ours. */
  decodeNatively?(file: string): Promise<NativeImage>;
}

export interface ParityBrowser {
  readonly name: string;
  /** @param folder Of `buildParity`. @returns Or a sentence: why there is no such browser here. */
  open(folder: string): Promise<BrowserRuntime | string>;
}

export const BROWSERS: readonly ParityBrowser[] = [
  { name: "Chromium", open: openChromium },
  ...OTHER_BROWSERS.map((browser) => ({
    name: browser.name,
    open: (folder: string) => openOther(browser, folder),
  })),
];

/** The page of the browsers' side, with a bundle beside it. @param model Folder of a bundle with a float32 graph. */
export async function buildParity(model: string): Promise<BuiltScript> {
  const script = await buildScript(fileURLToPath(new URL("parity.page.ts", import.meta.url)));
  await copyBundle(model, script.folder);
  return script;
}

async function openChromium(folder: string): Promise<BrowserRuntime> {
  const [server, browser] = await Promise.all([
    serveFolder(folder, { isolated: false }),
    launchChromium(),
  ]);
  const page = await browser.newPage();
  await page.goto(server.url);
  return {
    agent: await page.evaluate(() => navigator.userAgent),
    run: (jobs) => inBatches(jobs, (some) => page.evaluate((given) => runParityJobs(given), some)),
    altersCanvas: () => page.evaluate(() => altersCanvas()),
    decodeNatively: (file) => page.evaluate((given) => decodeNatively(given), file),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

async function openOther(browser: OtherBrowser, folder: string): Promise<BrowserRuntime | string> {
  const page = await drive(browser, folder);
  if (typeof page === "string") return page;
  return {
    agent: page.agent,
    run: (jobs) => inBatches(jobs, (some) => page.run(some) as Promise<ParityResult[]>),
    altersCanvas: () => page.run("canvas") as Promise<boolean>,
    close: page.close,
  };
}

async function inBatches(
  jobs: readonly ParityJob[],
  run: (some: readonly ParityJob[]) => Promise<ParityResult[]>,
): Promise<ParityResult[]> {
  const results: ParityResult[] = [];
  while (results.length < jobs.length) {
    results.push(...(await run(jobs.slice(results.length, results.length + BATCH))));
  }
  return results;
}

/** Node's side. @param model Folder of a bundle with a float32 graph. */
export async function openNode(model: string): Promise<Runtime> {
  const { manifest, graph } = await openBundle(model);
  const session = await openSession(graph, { threads: 1 });
  const predictor = createPredictor(manifest, session.run);
  const inputs = movieInputs(manifest.inputs);
  const encoder = createMovieEncoder(inputs);
  const spec = inputs.poster;

  async function answer({ file, predict = [] }: ParityJob): Promise<ParityResult> {
    const poster = await decodePoster(Buffer.from(file, "base64"));
    const probabilities: number[][] = [];
    for (const known of predict) {
      probabilities.push([...(await predictor.outputs([encoder.encode({ ...known, poster })]))]);
    }
    return {
      width: poster.width,
      height: poster.height,
      pixels: sha256(poster.data),
      tensor: sha256(resizePoster(poster, spec)),
      probabilities,
    };
  }

  return {
    close: session.close,
    async run(jobs) {
      const results: ParityResult[] = [];
      for (const job of jobs) {
        try {
          results.push(await answer(job));
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          results.push({ refusal: error.message });
        }
      }
      return results;
    },
  };
}

function sha256(bytes: Uint8Array | Uint8ClampedArray): string {
  return createHash("sha256").update(bytes).digest("hex");
}
