/**
 * How far a model's own rounding carries: the original, run once more with every weight and input moved by one unit in
 * the last place. Two right computations of a model differ by about as much, for each rounds in its own way.
 */
import type { LayersArtifacts, WeightSpec } from "../artifacts.ts";
import { readWeights, type Weight } from "../weights.ts";
import { type Feed, random } from "./feeds.ts";

/**
 * The model with each weight moved up or down. Whole numbers stay, for they may be sizes, indices or masks; so do
 * integers. Quantised weights become float32. Undefined for a model with weights that are not numbers.
 */
export function nudgedArtifacts(
  artifacts: LayersArtifacts,
  seed: number,
): LayersArtifacts | undefined {
  const next = random(seed);
  const specs = artifacts.weightSpecs.filter(({ group }) => group !== "optimizer");
  if (specs.some(({ dtype }) => dtype === "string")) return undefined;
  const weights = readWeights(artifacts.weightSpecs, artifacts.weightData, { finite: false });
  const weightData = specs.map((spec) => {
    const { data } = weights.get(spec.name) as Weight;
    if (data instanceof Float32Array) return nudged(data, next);
    return spec.dtype === "bool" ? Uint8Array.from(data) : data;
  });
  const plain = ({ name, shape, dtype }: WeightSpec): WeightSpec => ({ name, shape, dtype });
  return { ...artifacts, weightSpecs: specs.map(plain), weightData };
}

/** The same inputs, those that may have any value moved. */
export function nudgedFeeds(feeds: readonly Feed[], seed: number): Feed[] {
  const next = random(seed);
  return feeds.map((feed) => {
    const { dtype, below } = feed.info;
    const moves = dtype === "float32" && below === undefined;
    return moves ? { ...feed, data: Array.from(nudged(Float32Array.from(feed.data), next)) } : feed;
  });
}

/** A copy whose finite fractions are moved to a neighbouring float32, up or down by chance. */
function nudged(values: Float32Array, next: () => number): Float32Array<ArrayBuffer> {
  const out = Float32Array.from(values);
  const bits = new Int32Array(out.buffer);
  for (let i = 0; i < out.length; i++)
    if (Number.isFinite(out[i]) && !Number.isInteger(out[i]))
      bits[i] = (bits[i] as number) + (next() < 0.5 ? 1 : -1);
  return out;
}
