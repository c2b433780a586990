/** Runs the original in TensorFlow.js and its conversion in ONNX Runtime; both are loaded when they are needed. */

import type { LayersArtifacts } from "../../../pipeline/export/convert.ts";
import { reject } from "../../../pipeline/export/errors.ts";
import type { OutputComparison } from "../../../pipeline/export/verify/measure.ts";
import { NotCompared } from "../../../pipeline/export/verify/notCompared.ts";
import { graphRunner } from "../../../pipeline/export/verify/onnx.ts";
import { openOriginal } from "../../../pipeline/export/verify/tfjs.ts";
import {
  type ComparisonOptions,
  compareWithOriginal,
} from "../../../pipeline/export/verify/verify.ts";
import { RUNTIME_FILES } from "../../worker/runtimeFiles.ts";

/** @throws NotCompared if TensorFlow.js cannot serve as the reference, ConvertError if it cannot load the original. */
export async function compare(
  options: Omit<ComparisonOptions, "openOriginal" | "runGraph">,
): Promise<OutputComparison[]> {
  const ort = await import("onnxruntime-web/wasm");
  const { loader, wasm } = RUNTIME_FILES.wasm;
  ort.env.wasm.wasmPaths = { mjs: loader, wasm };
  ort.env.wasm.numThreads = 1;
  const open = (artifacts: LayersArtifacts) =>
    openOriginal(artifacts).catch((error: Error) => {
      if (error instanceof NotCompared) throw error;
      return reject(
        "comparison",
        `TensorFlow.js cannot run the original (${error.message}); convert without comparing`,
      );
    });
  return compareWithOriginal({ ...options, openOriginal: open, runGraph: graphRunner(ort) });
}
