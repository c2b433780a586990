/** What the graph answers from towers' evidence, computed beside it: for folds, whose graphs are never built. */

import { MODALITIES, type Modality } from "../../predictor/predictor.ts";
import type { Gates } from "./gates.ts";
import type { HeldOut } from "./trainTowers.ts";

/**
 * @param prior Logits of the labels' shares [L].
 * @param shown The modalities that the answer may use.
 * @returns Probabilities [movies, L].
 */
export function fusedProbabilities(
  { evidence, presence, amounts }: Omit<HeldOut, "targets">,
  prior: Float32Array,
  { kernel, bias }: Gates,
  shown: readonly Modality[],
): Float32Array {
  const modalities = MODALITIES.length;
  const labels = prior.length;
  const movies = presence.length / modalities;
  const probabilities = new Float32Array(movies * labels);
  for (let movie = 0; movie < movies; movie++) {
    const there: number[] = MODALITIES.map((modality, m) =>
      shown.includes(modality) ? presence[movie * modalities + m]! : 0,
    );
    const states = kernel.length / modalities - modalities;
    for (let a = 0; a < states; a++) {
      there.push(there[amounts.of]! * amounts.values[movie * states + a]!);
    }
    const gates = MODALITIES.map((_, m) =>
      there[m]
        ? there.reduce((gate, state, k) => gate + state * kernel[k * modalities + m]!, bias[m]!)
        : 0,
    );
    for (let label = 0; label < labels; label++) {
      const at = movie * labels + label;
      const logit = gates.reduce((sum, gate, m) => sum + gate * evidence[m]![at]!, prior[label]!);
      probabilities[at] = 1 / (1 + Math.exp(-logit));
    }
  }
  return probabilities;
}
