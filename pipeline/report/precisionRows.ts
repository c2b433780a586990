/** Table rows of the graph's files by precision, for the report and the model card. */

import { PRECISION_FILES } from "../../predictor/manifest.ts";
import type { PrecisionResult } from "../evaluate/precisions.ts";
import { formatScore } from "../evaluate/table.ts";
import { formatBytes, formatError } from "./format.ts";

export function precisionColumns(metric: string): string[] {
  return ["file", "size", metric, "largest difference from fp32"];
}

/** One row per file of the bundle. */
export function publishedRows(precisions: readonly PrecisionResult[]): string[][] {
  return precisions.filter(({ leftOut }) => leftOut === undefined).map(precisionRow);
}

function precisionRow({ precision, bytes, score, maxAbs }: PrecisionResult): string[] {
  return [
    PRECISION_FILES[precision],
    formatBytes(bytes),
    formatScore(score),
    precision === "fp32" ? "-" : formatError(maxAbs),
  ];
}
