import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { openSession, type Session } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { buildInferenceModel, graphOutputs } from "../../../pipeline/model/build.ts";
import { exportGraph } from "../../../pipeline/model/exportGraph.ts";
import { fusionWeights } from "../../../pipeline/model/fusion.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { checkParity } from "../../../pipeline/verify/parity.ts";
import type { RunGraph } from "../../../predictor/tensor.ts";
import { type Tiny, tiny, towerWeights } from "../tinyModel.ts";

let small: Tiny;
let model: LayersModel;
let session: Session;
before(async () => {
  await startBackend("wasm");
  small = tiny(40);
  const weights = await towerWeights(small.parts, createRandom);
  const gates = { kernel: new Float32Array(18).fill(-0.2), bias: new Float32Array(3).fill(1) };
  for (const [name, values] of fusionWeights(small.prior, gates)) weights.set(name, values);
  model = buildInferenceModel(small.parts, weights);
  const { onnx } = await exportGraph(model, small.parts, { name: "tiny", synthetic: true }, "fp32");
  session = await openSession(onnx, { threads: 1 });
});
after(() => session.close());

function check(run: RunGraph, movies = small.movies) {
  return checkParity({
    model,
    run,
    outputNames: graphOutputs(small.parts),
    movies,
    posters: small.source.posters,
    spec: small.spec,
    tolerance: 1e-5,
  });
}

test("the exported graph agrees on every movie and output", async () => {
  const result = await check(session.run);
  assert.equal(result.movies, small.movies.length);
  assert.deepEqual(
    result.outputs.map(({ name }) => name),
    ["probabilities", "title_attention", "modality_weights"],
  );
  for (const { maxAbs, mean } of result.outputs) {
    assert.ok(maxAbs <= 1e-5 && mean <= maxAbs);
  }
});

test("movies with thousands of labels are checked a few at a time", async () => {
  const tokens = small.movies[0]!.features.title.tokens.length;
  const target = new Uint8Array(Math.floor(2 ** 24 / tokens / 7)); // leaves room for 7 movies
  const sizes: number[] = [];
  const run: RunGraph = (feeds) => {
    sizes.push(feeds.year!.dims[0]!);
    return session.run(feeds);
  };
  await check(
    run,
    small.movies.map((movie) => ({ ...movie, target })),
  );
  assert.ok(sizes.every((size) => size <= 7) && sizes.length > 1, sizes.join(" "));
});

test("one wrong number fails the check, and the error names output and movie", async () => {
  let spoilt = "";
  const run: RunGraph = async (feeds) => {
    const outputs = await session.run(feeds);
    const { data } = outputs.probabilities!;
    if (spoilt === "") {
      data[0]! += 2e-5;
      spoilt = "yes";
    }
    return outputs;
  };
  await assert.rejects(
    check(run),
    /probabilities differs by 0\.00002\d* for "[^"]+" \(movie \d+: .*ratings/,
  );
});

test("NaN and missing outputs fail the check", async () => {
  await assert.rejects(
    check(async (feeds) => {
      const outputs = await session.run(feeds);
      outputs.probabilities!.data[3] = Number.NaN;
      return outputs;
    }),
    /probabilities differs by Infinity/,
  );
  await assert.rejects(
    check(async (feeds) => {
      const { modality_weights: _, ...rest } = await session.run(feeds);
      return rest;
    }),
    /output "modality_weights" has no values/,
  );
});

test("an output with a unit has a tolerance relative to it, and to what float32 can tell apart", async () => {
  const off =
    (by: number): RunGraph =>
    async (feeds) => {
      const outputs = await session.run(feeds);
      const { probabilities } = outputs;
      const data = (probabilities!.data as Float32Array).map((value) => value + by);
      return {
        ...outputs,
        probabilities: { ...probabilities!, data } as typeof probabilities & {},
      };
    };
  const withUnit = (by: number, unit?: number) =>
    checkParity({
      model,
      run: off(by),
      outputNames: graphOutputs(small.parts),
      movies: small.movies,
      posters: small.source.posters,
      spec: small.spec,
      tolerance: 1e-5,
      ...(unit === undefined ? {} : { units: { probabilities: unit } }),
    });
  await assert.rejects(withUnit(1e-3), /probabilities differs by/);
  const { outputs, tolerance } = await withUnit(1e-3, 200);
  assert.equal(tolerance, 1e-5);
  assert.ok(Math.abs(outputs[0]!.tolerance! - 2e-3) < 1e-9);
  assert.equal(outputs[1]!.tolerance, undefined);
  await assert.rejects(withUnit(3e-3, 200), /probabilities differs by/);
  // The unit is far below the size of the values: steps of float32 are allowed.
  const [tiny] = (await withUnit(0, 1e-9)).outputs;
  assert.ok(tiny!.tolerance! > 1e-8 && tiny!.tolerance! < 1e-6, String(tiny!.tolerance));
});
