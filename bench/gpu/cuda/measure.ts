/** Speed of graphs on one execution provider, and how far its answers are from the CPU's. */

import { openSession, type Provider } from "../../../node/session.ts";
import type { Tensor } from "../../../predictor/tensor.ts";
import { quantile } from "../../statistics.ts";
import { type BenchModel, feedsOf } from "./feeds.ts";

export interface Measurement {
  readonly model: string;
  readonly batch: number;
  readonly itemsPerSecond: number;
  /** Median time of a run, in ms. */
  readonly p50: number;
  /** Largest difference of an output from the CPU's, over all outputs. */
  readonly difference: number;
}

export const BATCHES = [1, 8, 32, 128];
/** Untimed runs first: they choose algorithms, compile and allocate. */
const WARM_UP = 5;

/**
 * @param seconds Time for each model and batch size.
 * @param onMeasured Called at once, so that a driver that hangs later takes nothing along.
 * @throws Error with the runtime's reason, if the provider does not work.
 */
export async function measureProvider(
  provider: Provider,
  models: readonly BenchModel[],
  seconds: number,
  onMeasured: (measurement: Measurement) => void,
): Promise<void> {
  for (const { name, inputs, onnx } of models) {
    const session = await openSession(onnx, { provider });
    const reference = await openSession(onnx, { provider: "cpu" });
    for (const batch of BATCHES) {
      const feeds = feedsOf(inputs, batch);
      const difference = largest(await reference.run(feeds), await session.run(feeds));
      for (let i = 0; i < WARM_UP; i++) await session.run(feeds);
      const times: number[] = [];
      const started = performance.now();
      do {
        const at = performance.now();
        await session.run(feeds);
        times.push(performance.now() - at);
      } while (performance.now() - started < 1000 * seconds);
      const itemsPerSecond = (1000 * batch * times.length) / (performance.now() - started);
      const p50 = quantile(times, 0.5);
      onMeasured({ model: name, batch, itemsPerSecond, p50, difference });
    }
    await reference.close();
    await session.close();
  }
}

function largest(expected: Record<string, Tensor>, actual: Record<string, Tensor>): number {
  let most = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    for (const [i, value] of data.entries()) {
      const difference = Math.abs(value - Number(actual[name]!.data[i]));
      // NaN must not pass for 0.
      if (!(difference <= most)) most = difference;
    }
  }
  return most;
}
