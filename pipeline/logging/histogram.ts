/** Histograms in TensorBoard's format. */

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HistogramProtoSchema } from "./events_pb.ts";

/** Number of buckets that TensorBoard draws. */
const BUCKETS = 30;

/** Buckets of equal width from the smallest to the largest value; NaN and infinite values are ignored. */
export function histogramOf(values: Float32Array): MessageInitShape<typeof HistogramProtoSchema> {
  let [min, max, num, sum, sumSquares] = [Infinity, -Infinity, 0, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    num++;
    sum += value;
    sumSquares += value * value;
  }
  if (num === 0) return {};
  const buckets = min === max ? 1 : BUCKETS;
  const bucket = new Array<number>(buckets).fill(0);
  const width = (max - min) / buckets;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    // The largest value belongs to the last bucket.
    bucket[width === 0 ? 0 : Math.min(buckets - 1, Math.floor((value - min) / width))]!++;
  }
  const bucketLimit = bucket.map((_, i) => (i === buckets - 1 ? max : min + (i + 1) * width));
  return { min, max, num, sum, sumSquares, bucketLimit, bucket };
}
