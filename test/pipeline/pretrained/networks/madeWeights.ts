/** Weights by formulas, which bench/encoders/figures.py gives PyTorch's networks too. */

import type { WeightFinder } from "../../../../pipeline/pretrained/torch/weight.ts";
import { elementCount } from "../../../../pipeline/pretrained/torch/weight.ts";

const FACTORS = /(bn[012]|LayerNorm)\.weight$/;

export const madeWeights: WeightFinder = (name, shape) => {
  const seed = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 97;
  return Float32Array.from({ length: elementCount(shape) }, (_, i) => {
    const wave = Math.sin((i + 1) * (seed + 1) * 0.37);
    if (name.endsWith("running_var")) return 1 + wave / 2;
    return FACTORS.test(name) ? 1 + wave / 4 : wave / 4;
  });
};

/** Two images [2, 3, height, width]. */
export function madeImages(height: number, width: number): Float32Array {
  return Float32Array.from(
    { length: 2 * 3 * height * width },
    (_, i) => Math.sin(i * 0.37) * Math.cos(i * 0.0011),
  );
}
