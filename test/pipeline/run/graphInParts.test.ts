/** The exported graph in parts gives the numbers of the whole, and runs an image's encoder once for each image. */

import assert from "node:assert/strict";
import { before, mock, test } from "node:test";
import * as ort from "onnxruntime-node";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { buildInferenceModel } from "../../../pipeline/model/build.ts";
import { exportGraph } from "../../../pipeline/model/exportGraph.ts";
import { fusionWeights } from "../../../pipeline/model/fusion.ts";
import { loadOnnxBackbone } from "../../../pipeline/model/onnx/load.ts";
import { openInParts } from "../../../pipeline/run/graphInParts.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { collate } from "../../../predictor/item.ts";
import { folder } from "../dataset/folder.ts";
import { imageEncoder, writeEncoder } from "../onnxFiles.ts";
import { tiny, towerWeights, withInput } from "../tinyModel.ts";

const SIZE = 16;
const DATASET = { name: "tiny", synthetic: true };

before(() => startBackend("cpu"));

/** A model of random weights, and its movies with their posters. */
function wholeModel(small: ReturnType<typeof tiny>, weights: ReadonlyMap<string, Float32Array>) {
  const gates = { kernel: new Float32Array(18).fill(-0.2), bias: new Float32Array(3).fill(1) };
  const all = new Map([...weights, ...fusionWeights(small.prior, gates)]);
  return buildInferenceModel(small.parts, all);
}

test("features of images are computed once, and the rest is that of the whole graph", async (t) => {
  const path = await writeEncoder(await folder(t), imageEncoder(SIZE), {
    "preprocessor_config.json": { size: SIZE, image_mean: [0.5, 0.5, 0.5], image_std: [1, 1, 1] },
  });
  const plain = tiny(12, { poster: { height: SIZE, width: SIZE } });
  const { options, spec } = plain.parts.inputs.poster;
  const loaded = await loadOnnxBackbone("poster", { ...options, backbone: path }, spec);
  const moments = {
    mean: new Float32Array(loaded.features).fill(0.1),
    std: new Float32Array(loaded.features).fill(0.7),
  };
  const small = withInput(plain, "poster", {
    options: { ...options, backbone: path, head: "linear" },
    backbone: { ...loaded, ...moments },
  });
  const model = wholeModel(small, await towerWeights(small.parts, createRandom));
  const { onnx } = await exportGraph(model, small.parts, DATASET, "fp32");
  const whole = await openSession(onnx);

  const images: number[] = [];
  const { create } = ort.InferenceSession;
  const counted = async (...args: Parameters<typeof create>) => {
    const session = await create(...args);
    const run = session.run.bind(session);
    session.run = (feeds: ort.InferenceSession.FeedsType, ...rest: []) => {
      if (feeds.poster) images.push(feeds.poster.dims[0]!);
      return run(feeds, ...rest);
    };
    return session;
  };
  const watched = mock.method(ort.InferenceSession, "create", counted as typeof create);
  const parts = (await openInParts(model, small.parts, DATASET, { threads: 1 }))!;
  const threads = watched.mock.calls.map(({ arguments: [, options] }) => options);
  watched.mock.restore();
  assert.equal(threads.length, 2);
  for (const options of threads) {
    assert.equal((options as ort.InferenceSession.SessionOptions).intraOpNumThreads, 1);
  }

  const { posters } = small.source;
  const items = small.movies.map(({ images: { poster }, features }, i) => {
    if (poster === undefined || i % 4 === 3) return features;
    const pixels = new Uint8Array(SIZE * SIZE * 3);
    posters.read(poster, pixels);
    return { ...features, poster: pixels };
  });
  const shown = items.filter((item) => "poster" in item && item.poster !== undefined).length;
  assert.ok(shown > 3 && shown < 12, `${shown} posters`);
  for (const batch of [items, items.toReversed(), items.slice(0, 5), [...items, ...items]]) {
    const feeds = collate(batch, small.spec);
    assert.deepEqual(await parts.run(feeds), await whole.run(feeds));
  }
  assert.deepEqual(images, [shown], "one run, of the images that are there");
  await parts.close();
  await whole.close();
});

test("a model without such an encoder has no parts", async () => {
  const small = tiny(6);
  const model = wholeModel(small, await towerWeights(small.parts, createRandom));
  assert.equal(await openInParts(model, small.parts, DATASET, { threads: 1 }), undefined);
});
