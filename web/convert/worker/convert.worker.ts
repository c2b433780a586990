/** One conversion off the page's thread: the user's files in, an ONNX file and facts about it out. */

import "../../noEval.ts";
import { bytesOf } from "../../../pipeline/export/artifacts.ts";
import {
  type Conversion,
  convert,
  type LayersArtifacts,
} from "../../../pipeline/export/convert.ts";
import { ConvertError } from "../../../pipeline/export/errors.ts";
import { isGraphDef, readGraphDef } from "../../../pipeline/export/graph/graphDef.ts";
import type { Precision } from "../../../pipeline/export/precision/precisions.ts";
import { notesOf } from "../../../pipeline/export/report.ts";
import { type ModelDef, readTopology } from "../../../pipeline/export/topology.ts";
import { requireWithin, TOLERANCE } from "../../../pipeline/export/verify/measure.ts";
import { NotCompared } from "../../../pipeline/export/verify/notCompared.ts";
import type { ConvertJob, ConvertMessage, ConvertResult, LayerRow } from "../protocol.ts";
import { compare } from "./compare.ts";
import { readFiles, WrongFiles } from "./readFiles.ts";

/** The names that Transformers.js looks for; it has none for weights alone in half precision. */
const FILE_NAMES: Readonly<Record<Precision, string>> = {
  fp32: "model.onnx",
  fp16: "model_fp16.onnx",
  "fp16-weights": "model_fp16_weights.onnx",
  q8: "model_quantized.onnx",
};

const send = (message: ConvertMessage, transfer: Transferable[] = []) =>
  self.postMessage(message, { transfer });

self.onmessage = async ({ data: job }: MessageEvent<ConvertJob>) => {
  let comparison: ConvertResult["comparison"];
  let notCompared: string | undefined;
  try {
    send({ kind: "step", step: "reading" });
    const artifacts = await readFiles(job.files);
    send({ kind: "step", step: "converting" });
    const { precision } = job;
    const started = performance.now();
    const conversion = convert(artifacts, { dtype: precision });
    const milliseconds = performance.now() - started;
    if (job.compare) {
      send({ kind: "step", step: "comparing" });
      const full = precision === "fp32" ? undefined : convert(artifacts);
      const tolerance = TOLERANCE[precision];
      try {
        const rows = await compare({ artifacts, conversion, full, tolerance });
        comparison = { rows, tolerance };
        requireWithin(tolerance, rows, "there is no file to download");
      } catch (error) {
        if (!(error instanceof NotCompared)) throw error;
        notCompared = error.message;
      }
    }
    const result = describe(artifacts, conversion, precision, milliseconds);
    const more = { ...(comparison && { comparison }), ...(notCompared && { notCompared }) };
    send({ kind: "done", result: { ...result, ...more } }, [result.onnx.buffer]);
  } catch (error) {
    if (error instanceof WrongFiles) {
      send({ kind: "wrongFiles", problem: error.problem });
      return;
    }
    const problems =
      error instanceof ConvertError
        ? error.issues
        : [{ path: "internal", message: `${error}; please report this with the model.json` }];
    send({ kind: "failed", problems, ...(comparison ? { comparison } : {}) });
  }
};

function describe(
  { modelTopology, weightSpecs, weightData }: LayersArtifacts,
  conversion: Conversion,
  precision: Precision,
  milliseconds: number,
): ConvertResult {
  const { inputs, outputs, ops } = conversion;
  const isGraphModel = isGraphDef(modelTopology);
  return {
    fileName: FILE_NAMES[precision],
    onnx: new Uint8Array(conversion.onnx),
    precision,
    milliseconds,
    weightBytes: bytesOf(weightData).byteLength,
    parameters: weightSpecs.reduce((sum, { shape }) => sum + shape.reduce((n, d) => n * d, 1), 0),
    inputs,
    outputs,
    layers: isGraphModel ? listNodes(modelTopology) : listLayers(readTopology(modelTopology)),
    isGraphModel,
    operators: Object.entries(ops).sort(([a, m], [b, n]) => n - m || a.localeCompare(b)),
    notes: notesOf(conversion),
  };
}

/** In the order of the file, without constants. */
function listNodes(modelTopology: unknown): LayerRow[] {
  return [...readGraphDef(modelTopology).nodes.values()]
    .filter(({ op }) => op !== "Const")
    .map(({ name, op }) => ({ path: name, className: op }));
}

/** In the order of the file; an inner model is followed by its layers. */
function listLayers(model: ModelDef): LayerRow[] {
  return [...model.layers.values()].flatMap(({ path, className, model: inner }) => [
    { path, className },
    ...(inner ? listLayers(inner) : []),
  ]);
}
