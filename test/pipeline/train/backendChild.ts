/**
 * Trains tiny towers on the CPU and on the backend that the first argument names, by the optimizer that the second names,
 * and prints both results; a separate process, in case a driver crashes.
 */

import * as tf from "@tensorflow/tfjs-core";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import type { Config } from "../../../pipeline/config/schema.ts";
import { convert } from "../../../pipeline/export/convert.ts";
import { toArtifacts } from "../../../pipeline/model/artifacts.ts";
import { buildTower } from "../../../pipeline/model/build.ts";
import { getWeights, setWeights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { hasInput, towerInputs } from "../../../pipeline/train/batches.ts";
import { forward } from "../../../pipeline/train/step.ts";
import { trainTower } from "../../../pipeline/train/train.ts";
import type { InputName } from "../../../predictor/movie.ts";
import type { RunGraph } from "../../../predictor/tensor.ts";
import { tiny } from "../tinyModel.ts";

export interface TowerRun {
  readonly input: InputName;
  /** Loss of every step. */
  readonly losses: readonly number[];
  /** Number of tensors after each step, and after the epoch. */
  readonly tensors: readonly number[];
  /** Largest difference between the tower's weights and those that the converter gets. */
  readonly lost: number;
  /** Largest difference between the tower's logits on the backend and those of the exported graph. */
  readonly exported: number;
}

export interface BackendRun {
  readonly cpu: TowerRun[];
  /** On the backend that was asked for. */
  readonly other: TowerRun[];
  /** What `auto` logs afterwards. */
  readonly log: string[];
  /** The backend that `auto` selects. */
  readonly name?: string;
}

const [wanted, optimizer] = process.argv.slice(2) as [
  "webgpu" | "tensorflow",
  Config["train"]["optimizer"],
];
/** Of 16 steps. */
const EPOCHS = 1;
/** Embeddings and convolutions. The ratings tower needs no other operations, and shaders take seconds to compile. */
const TOWERS = ["title", "poster"] as const;

async function run(input: InputName): Promise<TowerRun> {
  const data = tiny(24, {
    train: { optimizer },
    // Batches of 10 and of the remaining 8: two sizes.
    ...Object.fromEntries(TOWERS.map((name) => [name, { epochs: EPOCHS, batchSize: 10 }])),
  });
  const random = createRandom(3);
  const model = buildTower(input, data.parts, random.fork("weights"));
  const losses: number[] = [];
  const tensors: number[] = [];
  const { weights } = await trainTower(model, {
    input,
    config: data.config,
    source: data.source,
    target: data.target,
    random,
    training: data.movies.slice(0, 18),
    validation: data.movies.slice(18),
    onStep({ loss }) {
      losses.push(loss);
      tensors.push(tf.memory().numTensors);
    },
    onEpoch: () => tensors.push(tf.memory().numTensors),
  });
  setWeights(model, weights);
  const artifacts = await toArtifacts(model);
  const ownWeights = [...(await getWeights(model)).values()].flatMap((values) => [...values]);
  const lost = largest(ownWeights, new Float32Array(artifacts.weightData));
  const movies = data.movies.filter((movie) => hasInput(movie, data.source, input)).slice(0, 5);
  const inputs = towerInputs(input, movies, data.source);
  const logits = await forward(model, inputs);
  const { onnx, inputs: names } = convert(artifacts);
  const session = await openSession(onnx);
  const feeds: Parameters<RunGraph>[0] = {};
  for (const [i, { shape, dtype }] of model.inputs.entries()) {
    const { name } = names[i]!;
    const dims = [movies.length, ...(shape.slice(1) as number[])];
    const values = inputs[i]!;
    feeds[name] =
      dtype === "int32"
        ? { type: "int32", dims, data: Int32Array.from(values) }
        : { type: "float32", dims, data: Float32Array.from(values) };
  }
  const output = Object.values(await session.run(feeds))[0]!.data;
  await session.close();
  model.dispose();
  return { input, losses, tensors, lost, exported: largest(logits, output) };
}

/** Largest absolute difference. */
function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce((x, y) => Math.max(x, y), 0);
}

const result: BackendRun = { cpu: [], other: [], log: [] };
for (const [side, backend] of [
  ["cpu", "cpu"],
  ["other", wanted],
] as const) {
  await startBackend(backend);
  for (const input of TOWERS) result[side].push(await run(input));
}
const { name } = await startBackend("auto", (line) => result.log.push(line.trim()));
console.log(`\n${JSON.stringify({ ...result, name })}`);
