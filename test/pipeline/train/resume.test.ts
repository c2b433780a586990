/** Training resumed from a checkpoint gives the same bits as uninterrupted training. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { openCheckpointer } from "../../../pipeline/checkpoint/checkpointer.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import type { EpochRecord } from "../../../pipeline/train/records.ts";
import { type TrainedTowers, trainTowers } from "../../../pipeline/train/trainTowers.ts";
import { type Tiny, tiny } from "../tinyModel.ts";

let root: string;
before(async () => {
  await startBackend("wasm");
  root = await mkdtemp(join(tmpdir(), "marquee-resume-"));
});
after(() => rm(root, { recursive: true }));

const RUN = "a run";
const KILLED = new Error("killed");

/**
 * Trains all towers on 40 movies and validates on the others, resuming from the checkpoints in `folder`.
 *
 * @param epochs Throws after this many epochs; all but the last are saved by then.
 */
async function train(data: Tiny, folder: string, epochs = Number.POSITIVE_INFINITY) {
  const checkpointer = await openCheckpointer({ folder, run: RUN }, (text) => assert.fail(text));
  const seen: EpochRecord[] = [];
  const resumed: EpochRecord[] = [];
  const trained = await trainTowers({
    config: data.config,
    fitted: {
      training: data.movies.slice(0, 40),
      validation: data.movies.slice(40),
      target: data.target,
    },
    parts: data.parts,
    source: data.source,
    heldOut: data.movies.slice(40),
    learnFrom: 10,
    random: createRandom(3),
    checkpointer,
    onResume: (_, history) => resumed.push(...history),
    onEpoch(record) {
      if (seen.length === epochs) throw KILLED;
      seen.push(record);
    },
  });
  return { trained, seen, resumed };
}

/** The result without durations. */
function bits({ weights, towers, heldOut, fewer }: TrainedTowers) {
  const histories = towers.map(({ history, ...tower }) => ({
    ...tower,
    history: history.map((record) => ({ ...record, seconds: 0, samplesPerSecond: 0 })),
  }));
  return { weights, histories, heldOut, fewer };
}

const epochs = { epochs: 3 };
const small = { title: epochs, poster: epochs, ratings: epochs };
/** Optimisers do not know what they train: one tower has several epochs. */
const once = { poster: { epochs: 1 }, ratings: { epochs: 1 } };
/** Every optimiser, because each has different slots; early stopping and averaging with settings that matter. */
const TRAININGS = {
  "adam, clipped": { ...once, train: { optimizer: "adam", clipNorm: 0.5 } },
  "adamw, vectors of users": {
    poster: { epochs: 1 },
    title: { epochs: 1 },
    ratings: { epochs: 3, vectorLearningRate: 0.01, ratingDropout: 0.3 },
  },
  sgd: { ...once, train: { optimizer: "sgd", averaging: 0 } },
  rmsprop: { ...once, train: { optimizer: "rmsprop", clipNorm: 0.5 } },
  "early stopping": {
    title: { epochs: 9, learningRate: 0.05 },
    train: { patience: 2, averaging: 0.9 },
  },
  "adamw, recurrent title": {
    title: { epochs: 2, encoder: "gru", attention: "bahdanau", dimensions: 4, units: 4 },
  },
  "linear title": { title: { encoder: "linear" } },
};

for (const [name, options] of Object.entries(TRAININGS)) {
  test(`${name}: interrupted after each epoch in turn and resumed, it gives the same bits`, async () => {
    const data = tiny(60, { ...small, ...options });
    const folder = (part: string) => join(root, `${name} ${part}`);
    const whole = await train(data, folder("whole"));
    const total = whole.seen.length;
    assert.ok(total > 4);

    let runs = 0;
    let last: Awaited<ReturnType<typeof train>> | undefined;
    while (!last) {
      // Each run saves one epoch and loses a second one halfway.
      last = await train(data, folder("torn"), 1).catch((error) => {
        assert.equal(error, KILLED);
        return undefined;
      });
      runs++;
      assert.ok(runs <= total + 1, "no progress");
    }
    assert.deepEqual(bits(last.trained), bits(whole.trained));
    assert.equal(runs, total);

    const before = tf.memory().numTensors;
    const again = await train(data, folder("torn"));
    assert.equal(tf.memory().numTensors, before, "tensors leak");
    assert.deepEqual(again.seen, [], "finished towers are not trained again");
    assert.equal(again.resumed.length, total);
    assert.deepEqual(bits(again.trained), bits(whole.trained));
  });
}
