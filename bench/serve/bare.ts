/** WorkerDataer thread of the bare runtime: one session that runs prepared tensors in a loop. */

import * as ort from "onnxruntime-node";
import { workerData } from "piscina";
import type { Tensor } from "../../predictor/tensor.ts";

interface WorkerData {
  readonly graph: Uint8Array;
  readonly threads: number;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

// Not awaited here: tsx cannot load worker modules with a top-level await.
const opened = open(workerData as WorkerData);

async function open({ graph, threads, feeds }: WorkerData) {
  const session = await ort.InferenceSession.create(graph, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, dims }]) => [
      name,
      new ort.Tensor(type, data as never, [...dims]),
    ]),
  );
  await session.run(tensors);
  return { session, tensors };
}

/** @returns Number of runs in at least `seconds`. */
export default async function run(seconds: number): Promise<number> {
  const { session, tensors } = await opened;
  const end = performance.now() + seconds * 1000;
  let runs = 0;
  while (performance.now() < end) {
    await session.run(tensors);
    runs++;
  }
  return runs;
}
