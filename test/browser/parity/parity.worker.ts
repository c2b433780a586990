/** The page's decoder, preprocessing and runtime in a browser's worker, with the bundle's float32 graph. */

import { InputError } from "../../../predictor/errors.ts";
import { decodeImage } from "../../../predictor/image/decode.ts";
import { inspectImage } from "../../../predictor/image/inspect.ts";
import { MANIFEST_FILE, PRECISION_FILES, parseManifest } from "../../../predictor/manifest.ts";
import { movieInputs } from "../../../predictor/movie.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { codecs } from "../../../web/image/codecs.ts";
import { openPoster } from "../../../web/image/openPoster.ts";
import { startRuntime } from "../../../web/worker/runtime.ts";
import type { ParityJob, ParityResult } from "./protocol.ts";

async function open() {
  const at = (name: string) => new URL(`../model/${name}`, self.location.href);
  const [runtime, text, graph] = await Promise.all([
    startRuntime("wasm"),
    fetch(at(MANIFEST_FILE)).then((response) => response.text()),
    fetch(at(PRECISION_FILES.fp32)).then((response) => response.arrayBuffer()),
  ]);
  const manifest = parseManifest(text, MANIFEST_FILE);
  const { run } = await runtime.open(new Uint8Array(graph), "wasm");
  return {
    encoder: createMovieEncoder(movieInputs(manifest.inputs)),
    predictor: createPredictor(manifest, run),
    spec: movieInputs(manifest.inputs).poster,
  };
}
const opened = open();

async function sha256(bytes: Uint8Array | Uint8ClampedArray): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function answer({ file, predict = [] }: ParityJob): Promise<ParityResult> {
  const { encoder, predictor, spec } = await opened;
  const text = atob(file);
  const bytes = new Uint8Array(text.length);
  // Uint8Array.from takes many times as long.
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  const { pixels: data } = await openPoster(new Blob([bytes]), spec);
  const image = await decodeImage(bytes, inspectImage(bytes, "poster"), "poster", codecs);
  const poster = { data, width: spec.width, height: spec.height, channels: 3 } as const;
  const probabilities: number[][] = [];
  for (const known of predict) {
    probabilities.push([...(await predictor.outputs([encoder.encode({ ...known, poster })]))]);
  }
  return {
    width: image.width,
    height: image.height,
    pixels: await sha256(image.data),
    tensor: await sha256(data),
    probabilities,
  };
}

self.onmessage = async ({ data }: MessageEvent<{ id: number; job: ParityJob }>) => {
  const respond = (content: { result: ParityResult } | { failure: string }) =>
    self.postMessage({ id: data.id, ...content });
  try {
    respond({ result: await answer(data.job) });
  } catch (error) {
    if (error instanceof InputError) respond({ result: { refusal: error.message } });
    else respond({ failure: String((error as Error).stack) });
  }
};
