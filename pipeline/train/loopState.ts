/** The state of a tower's training between two epochs: saved from the loop to a snapshot, and restored. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import * as z from "zod";
import type { Snapshot } from "../checkpoint/checkpointer.ts";
import type { Values } from "../checkpoint/safetensors.ts";
import type { Random } from "../common/random.ts";
import { getWeights, setWeights } from "../model/weights.ts";
import type { WeightAverage } from "./averaging.ts";
import type { Optimizer } from "./optimizer.ts";
import type { EpochRecord, TowerResult } from "./records.ts";

export interface BestEpoch {
  readonly epoch: number;
  /** NaN without validation movies. */
  readonly score: number;
  readonly weights: Map<string, Float32Array>;
}

/** A running training loop; the schedule follows from `done` and `history`. */
export interface Loop {
  readonly model: LayersModel;
  readonly optimizer: Optimizer;
  readonly average: WeightAverage;
  readonly streams: Readonly<Record<string, Random>>;
  /** Indices of the movies, reshuffled in every pass. */
  readonly order: Uint32Array;
  readonly history: EpochRecord[];
  /** Number of steps done. */
  done: number;
  best: BestEpoch | undefined;
}

/** NaN is stored as null, because JSON has no NaN. */
const score = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const historySchema = z
  .array(
    z.object({
      tower: z.string(),
      epoch: z.number(),
      loss: z.number(),
      metric: z.string(),
      validation: score,
      validationLoss: score,
      learningRate: z.number(),
      seconds: z.number(),
      samplesPerSecond: z.number(),
    }),
  )
  .readonly();

const loopSchema = z.object({
  done: z.number(),
  optimizerSteps: z.number(),
  averageSteps: z.number(),
  streams: z.record(z.string(), z.array(z.number()).readonly()),
  best: z.object({ epoch: z.number(), score }),
  history: historySchema,
});

const resultSchema = z.object({ bestEpoch: z.number(), history: historySchema });

/** The loop's state after an epoch. */
export async function snapshotOf(loop: Loop): Promise<Snapshot> {
  const { model, optimizer, average, streams, order, history, done } = loop;
  const best = loop.best!;
  const optimised = await optimizer.getState();
  const averaged = await average.getState();
  return {
    state: {
      done,
      optimizerSteps: optimised.steps,
      averageSteps: averaged.steps,
      streams: Object.fromEntries(
        Object.entries(streams).map(([name, stream]) => [name, stream.getState()]),
      ),
      best: { epoch: best.epoch, score: best.score },
      history,
    } satisfies z.input<typeof loopSchema>,
    tensors: new Map<string, Values>([
      ...prefixed("weights", await getWeights(model)),
      ...prefixed("optimizer", optimised.slots),
      ...prefixed("averaging", averaged.slots),
      ...prefixed("best", best.weights),
      ["order", order],
    ]),
  };
}

/** Sets a new loop to the state in which `snapshotOf` was called. */
export async function restoreLoop(loop: Loop, { state, tensors }: Snapshot): Promise<void> {
  const saved = loopSchema.parse(state);
  setWeights(loop.model, unprefixed("weights", tensors));
  const optimised = unprefixed("optimizer", tensors);
  await loop.optimizer.setState({ steps: saved.optimizerSteps, slots: optimised });
  const averaged = unprefixed("averaging", tensors);
  loop.average.setState({ steps: saved.averageSteps, slots: averaged });
  for (const [name, stream] of Object.entries(loop.streams)) {
    stream.setState(saved.streams[name] ?? []);
  }
  loop.order.set(tensors.get("order") ?? []);
  loop.history.push(...saved.history);
  loop.done = saved.done;
  loop.best = { ...saved.best, weights: unprefixed("best", tensors) };
}

/** The snapshot of a finished tower. */
export function snapshotOfResult({ weights, history, bestEpoch }: TowerResult): Snapshot {
  return {
    state: { bestEpoch, history } satisfies z.input<typeof resultSchema>,
    tensors: prefixed("weights", weights),
  };
}

/** The result in a finished tower's snapshot. */
export function resultOf({ state, tensors }: Snapshot): TowerResult {
  return { ...resultSchema.parse(state), weights: unprefixed("weights", tensors) };
}

/** The epochs in a snapshot of either kind. */
export function historyOf({ state }: Snapshot): readonly EpochRecord[] {
  return z.object({ history: historySchema }).parse(state).history;
}

function prefixed(prefix: string, arrays: ReadonlyMap<string, Values>): Map<string, Values> {
  return new Map([...arrays].map(([name, values]) => [`${prefix}/${name}`, values]));
}

function unprefixed(
  prefix: string,
  tensors: ReadonlyMap<string, Values>,
): Map<string, Float32Array> {
  return new Map(
    [...tensors].flatMap(([name, values]) =>
      name.startsWith(`${prefix}/`)
        ? [[name.slice(prefix.length + 1), values as Float32Array] as const]
        : [],
    ),
  );
}
