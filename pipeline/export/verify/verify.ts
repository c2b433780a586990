/** Runs the TensorFlow.js model and the ONNX graph on the same random inputs and measures how far they are apart. */
import type { Conversion } from "../convert.ts";
import { batchesOf, type Feed } from "./feeds.ts";
import {
  type Difference,
  difference,
  type OutputComparison,
  type OutputValues,
} from "./measure.ts";

/** All outputs of the original, in the order of its outputs. */
export type RunOriginal = (feeds: readonly Feed[]) => OutputValues[];
/** All outputs of a converted graph, in the same order. */
export type RunGraph = (conversion: Conversion, feeds: readonly Feed[]) => Promise<OutputValues[]>;

/** Compares every output at two batch sizes (one where the batch is fixed), and with `full` also against that graph. */
export async function compareWithOriginal(
  conversion: Conversion,
  runOriginal: RunOriginal,
  runGraph: RunGraph,
  full?: Conversion,
): Promise<OutputComparison[]> {
  const rows: OutputComparison[] = [];
  for (const { batch, feeds } of batchesOf(conversion)) {
    const expected = runOriginal(feeds);
    const actual = await runGraph(conversion, feeds);
    const reference = full && (await runGraph(full, feeds));
    for (const [i, want] of expected.entries()) {
      const got = actual[i];
      const output = conversion.outputs[i]?.name ?? String(i);
      if (!got) throw new Error(`internal: output ${output} is missing`);
      const whole = reference?.[i];
      rows.push({
        output,
        batch,
        shape: got.shape,
        ...difference(got, want),
        ...(whole ? { againstFull: difference(got, whole) } : {}),
      });
    }
  }
  return rows;
}

/** For fp16 and q8: the largest distance of any output to the fp32 graph, on the same inputs. */
export async function distanceToFull(
  conversion: Conversion,
  full: Conversion,
  runGraph: RunGraph,
): Promise<Difference> {
  const worst = { absolute: 0, relative: 0 };
  for (const { feeds } of batchesOf(conversion)) {
    const [actual, expected] = [await runGraph(conversion, feeds), await runGraph(full, feeds)];
    for (const [i, want] of expected.entries()) {
      const { absolute, relative } = difference(actual[i] as OutputValues, want);
      // Math.max keeps a NaN
      worst.absolute = Math.max(worst.absolute, absolute);
      worst.relative = Math.max(worst.relative, relative);
    }
  }
  return worst;
}
