/** Items that wait for a thread, raw tensors or items to predict, and how those that can share a batch are run. */

import type { TensorInfo } from "../../predictor/manifest.ts";
import { elementCount } from "../../predictor/tensor.ts";
import type { PredictJob, PredictResult } from "./predictJob.ts";
import { concatenate, rowsOf, signatureOf, sliceRows, type Tensors } from "./tensors.ts";
import type { Thread } from "./threads.ts";

export interface BatchItem<Result> {
  readonly runner: BatchRunner<Result>;
  /** How many it predicts. */
  readonly rows: number;
  /** Work, in rows: an explanation is as much as several. */
  readonly weight: number;
  /** Numbers in its tensors; 0 where they are not known yet. */
  readonly elements: number;
  /** Equal for items that can be run together. */
  readonly signature: string;
}

interface BatchRunner<Result> {
  run(thread: Thread, items: readonly BatchItem<Result>[]): Promise<BatchOutput<Result>>;
}

export interface BatchOutput<Result> {
  /** In the items' order. */
  readonly results: readonly Result[];
  /** Duration of the thread's work, decoding included. */
  readonly seconds: number;
  /** Decoding time of each image. */
  readonly decodeSeconds: readonly number[];
}

interface TensorItem extends BatchItem<Tensors> {
  readonly feeds: Tensors;
}

interface PredictItem extends BatchItem<PredictResult> {
  readonly job: PredictJob;
}

const tensorRunner: BatchRunner<Tensors> = {
  async run(thread, items) {
    const feeds = (items as readonly TensorItem[]).map((item) => item.feeds);
    if (feeds.length === 1) {
      const { value, seconds } = await thread.run(feeds[0]!);
      return { results: [value], seconds, decodeSeconds: [] };
    }
    const { value, seconds } = await thread.run(concatenate(feeds));
    let from = 0;
    const results = items.map(({ rows }) => {
      from += rows;
      return sliceRows(value, from - rows, from);
    });
    return { results, seconds, decodeSeconds: [] };
  },
};

const predictRunner: BatchRunner<PredictResult> = {
  async run(thread, items) {
    const jobs = (items as readonly PredictItem[]).map(({ job }) => job);
    const { value, seconds } = await thread.predict(jobs);
    const decodeSeconds = value.flatMap((result) => result.decodeSeconds ?? []);
    return { results: value, seconds, decodeSeconds };
  },
};

/** Inputs whose second dimension may be filled up, so that items with more and with fewer ratings go together. */
export function paddable(
  inputs: readonly TensorInfo[],
  outputs: readonly TensorInfo[],
): ReadonlySet<string> {
  const isDynamic = ({ shape }: TensorInfo) => typeof shape[1] === "string";
  // An output that has the dimension would have to be cut again; none of ours has.
  const names = outputs.some(isDynamic) ? [] : inputs.filter(isDynamic).map(({ name }) => name);
  return new Set(names);
}

/** @param feeds Become the item's own. */
export function tensorItem(feeds: Tensors, padded: ReadonlySet<string>): TensorItem {
  const rows = rowsOf(feeds);
  return {
    runner: tensorRunner,
    feeds,
    rows,
    weight: rows,
    elements: Object.values(feeds).reduce((sum, { dims }) => sum + elementCount(dims), 0),
    signature: signatureOf(feeds, padded),
  };
}

/** @param groups Of the bundle's inputs. */
export function predictItem(job: PredictJob, groups: number): PredictItem {
  return {
    runner: predictRunner,
    job,
    rows: 1,
    // The item as it is, without each of its groups of inputs, and with each of them alone.
    weight: job.explain ? 1 + 2 * groups : 1,
    elements: 0,
    signature: "predict",
  };
}
