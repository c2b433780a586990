/** The two sides of the comparison: this process and a worker in Chromium, with one bundle. */

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
import { type BuiltScript, buildScript } from "../harness/script.ts";
import { serveFolder } from "../harness/serve.ts";
import type { NativeImage, ParityJob, ParityResult } from "./protocol.ts";

export interface Runtimes {
  node(job: ParityJob): Promise<ParityResult>;
  chromium(job: ParityJob): Promise<ParityResult>;
  /** An image file, in base64, as Chromium's own decoder shows it, without any code of ours. */
  decodeNatively(file: string): Promise<NativeImage>;
  close(): Promise<void>;
}

/** The page of the browsers' side, with a bundle beside it. */
export async function buildParity(model: string): Promise<BuiltScript> {
  const script = await buildScript(fileURLToPath(new URL("parity.page.ts", import.meta.url)));
  await copyBundle(model, script.folder);
  return script;
}

/** @param model Folder of a bundle with a float32 graph. */
export async function openRuntimes(model: string): Promise<Runtimes> {
  const script = await buildParity(model);
  const [server, browser, node] = await Promise.all([
    serveFolder(script.folder, { isolated: false }),
    launchChromium(),
    openNode(model),
  ]);
  const page = await browser.newPage();
  await page.goto(server.url);
  return {
    node: node.run,
    chromium: (job) => page.evaluate((given) => runParityJob(given), job),
    decodeNatively: (file) => page.evaluate((given) => decodeNatively(given), file),
    async close() {
      await browser.close();
      await Promise.all([server.close(), node.close(), script.remove()]);
    },
  };
}

/** Node's side. */
export async function openNode(model: string) {
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
    async run(job: ParityJob): Promise<ParityResult> {
      try {
        return await answer(job);
      } catch (error) {
        if (error instanceof InputError) return { refusal: error.message };
        throw error;
      }
    },
  };
}

function sha256(bytes: Uint8Array | Uint8ClampedArray): string {
  return createHash("sha256").update(bytes).digest("hex");
}
