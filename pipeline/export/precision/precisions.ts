/** The table of precisions: what each makes of a finished graph of float32. */
import type { Graph } from "../ir.ts";
import { toFloat16 } from "./fp16.ts";
import { toFloat16Weights } from "./fp16Weights.ts";
import { toQ8 } from "./q8.ts";

export const PRECISIONS = {
  fp32: () => {},
  fp16: toFloat16,
  "fp16-weights": (graph) => toFloat16Weights(graph),
  q8: (graph) => toQ8(graph),
} as const satisfies Record<string, (graph: Graph) => void>;

export type Precision = keyof typeof PRECISIONS;

export const PRECISION_NAMES = Object.keys(PRECISIONS) as Precision[];
