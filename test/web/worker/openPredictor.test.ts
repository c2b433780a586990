/** Opening a predictor on a fake runtime, whose graph is written by hand and answers from its feeds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { PROVIDER_TOLERANCE } from "../../../predictor/providerTolerance.ts";
import { labelsTarget } from "../../../predictor/targets/labels.ts";
import type { RunGraph, Tensor } from "../../../predictor/tensor.ts";
import { openPredictor, type Runtime } from "../../../web/worker/openPredictor.ts";
import type { Provider } from "../../../web/worker/protocol.ts";
import { sampleInputs, sampleManifest } from "../../predictor/sampleManifest.ts";

const MANIFEST = sampleManifest();
const GRAPH = new Uint8Array(1);

const floats = (dims: number[], value: (i: number) => number): Tensor => ({
  type: "float32",
  dims,
  data: Float32Array.from({ length: dims.reduce((n, size) => n * size) }, (_, i) => value(i)),
});

/** Probabilities that depend on year, poster and ratings, each off by `error` of its movie's poster. */
function handMadeGraph(error: (hasPoster: boolean) => number): RunGraph {
  return async ({ year, has_poster, rating_stars }) => {
    const n = year!.dims[0]!;
    const labels = labelsTarget(MANIFEST.target).labels.length;
    const ratings = rating_stars!.dims[1]!;
    const probability = (i: number) => {
      const movie = Math.floor(i / labels);
      const own = rating_stars!.data.slice(movie * ratings, (movie + 1) * ratings);
      const stars = Array.from(own).reduce((sum, value) => sum + value, 0);
      const poster = has_poster!.data[movie]!;
      const right = 0.05 + year!.data[movie]! / 1e4 + poster / 8 + stars / 64 + (i % labels) / 32;
      return right + error(poster === 1);
    };
    return {
      probabilities: floats([n, labels], probability),
      title_attention: floats([n, sampleInputs().title.maxWords], () => 0),
      modality_weights: floats([n, 3], () => 1),
    };
  };
}

interface Opening {
  readonly provider: Provider;
  runs: number;
  closed: boolean;
}

/** WebAssembly answers correctly; WebGPU is off by `error`. */
function fakeRuntime(error: (hasPoster: boolean) => number) {
  const openings: Opening[] = [];
  const runtime: Runtime = {
    threads: 1,
    async open(_graph, provider) {
      const opening: Opening = { provider, runs: 0, closed: false };
      openings.push(opening);
      const run = handMadeGraph(provider === "wasm" ? () => 0 : error);
      return {
        async run(feeds) {
          opening.runs++;
          return run(feeds);
        },
        async close() {
          opening.closed = true;
        },
      };
    },
  };
  return { runtime, openings };
}

const open = (runtime: Runtime, provider: Provider) =>
  openPredictor(runtime, provider, MANIFEST, { graph: GRAPH, files: {} });

for (const [name, error] of [
  ["every answer is wrong", () => 0.1],
  ["only answers from a poster are wrong", (poster: boolean) => (poster ? 0.1 : 0)],
  ["answers are just beyond the tolerance", () => PROVIDER_TOLERANCE * 1.01],
] as const) {
  test(`WebGPU is refused where ${name}`, async () => {
    const { runtime } = fakeRuntime(error);
    await assert.rejects(
      open(runtime, "webgpu"),
      /its answers differ from WebAssembly's by 0\.\d+ \(allowed: 0\.01\)/,
    );
  });
}

test("WebGPU is refused where its answers are not numbers", async () => {
  const { runtime } = fakeRuntime(() => Number.NaN);
  await assert.rejects(open(runtime, "webgpu"), /holds NaN/);
});

test("WebGPU's rounding is accepted and measured; WebAssembly, which it was compared with, is closed", async () => {
  const { runtime, openings } = fakeRuntime(() => PROVIDER_TOLERANCE / 2);
  const { predictor, difference } = await open(runtime, "webgpu");
  assert.ok(Math.abs(difference! - PROVIDER_TOLERANCE / 2) < 1e-6, `${difference}`);
  assert.deepEqual(openings, [
    { provider: "webgpu", runs: 1, closed: false },
    { provider: "wasm", runs: 1, closed: true },
  ]);
  const [answer] = await predictor.predict([{ year: 2000 }]);
  const drama = answer!.scores.find(({ label }) => label === "Drama")!;
  assert.ok(
    Math.abs(drama.probability - (0.3125 + PROVIDER_TOLERANCE / 2)) < 1e-6,
    "WebGPU answers",
  );
});

test("WebAssembly is compared with nothing, and warmed up", async () => {
  const { runtime, openings } = fakeRuntime(() => 1);
  assert.equal((await open(runtime, "wasm")).difference, undefined);
  assert.deepEqual(openings, [{ provider: "wasm", runs: 1, closed: false }]);
});
