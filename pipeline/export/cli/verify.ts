/** The comparison of the command: TensorFlow.js against onnxruntime-node. */
import type { Conversion } from "../convert.ts";
import type { Difference, OutputComparison } from "../verify/measure.ts";
import { graphRunner } from "../verify/onnx.ts";
import { openOriginal } from "../verify/tfjs.ts";
import * as comparison from "../verify/verify.ts";

const openRunner = async () => graphRunner(await import("onnxruntime-node"));

/** Every output at two batch sizes; with `full` also against that graph. */
export async function verify(
  options: Omit<comparison.ComparisonOptions, "openOriginal" | "runGraph">,
): Promise<OutputComparison[]> {
  const runGraph = await openRunner();
  return comparison.compareWithOriginal({ ...options, openOriginal, runGraph });
}

/** For fp16 and q8: the largest distance of any output to the fp32 graph. */
export async function distanceToFull(
  conversion: Conversion,
  full: Conversion,
): Promise<Difference> {
  return comparison.distanceToFull(conversion, full, await openRunner());
}
