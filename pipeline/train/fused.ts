/** The graph's answers, computed from the towers' logits outside the graph: for folds, whose graphs are never built. */

import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import type { Gates } from "./gates.ts";
import type { HeldOutSet } from "./trainTowers.ts";

/**
 * @param shown The inputs that may be used.
 * @returns What the graph would answer [movies, L].
 */
export function fusedAnswers(
  { groups, logits, presence, amounts }: Omit<HeldOutSet, "targets">,
  target: FittedTarget,
  { kernel, bias }: Gates,
  shown: readonly string[],
): Float32Array {
  const inputs = groups.length;
  const { prior } = target;
  const labels = prior.length;
  const movies = presence.length / inputs;
  const fused = new Float32Array(movies * labels);
  for (let movie = 0; movie < movies; movie++) {
    // Presence of each input, then the amounts [M + A].
    const states: number[] = groups.map((input, m) =>
      shown.includes(input) ? presence[movie * inputs + m]! : 0,
    );
    const amountCount = kernel.length / inputs - inputs;
    for (let a = 0; a < amountCount; a++) {
      states.push(states[amounts.of[a]!]! * amounts.values[movie * amountCount + a]!);
    }
    const gates = groups.map((_, m) =>
      states[m]
        ? states.reduce((gate, state, k) => gate + state * kernel[k * inputs + m]!, bias[m]!)
        : 0,
    );
    for (let label = 0; label < labels; label++) {
      const at = movie * labels + label;
      fused[at] = gates.reduce((sum, gate, m) => sum + gate * logits[m]![at]!, prior[label]!);
    }
  }
  return rulesOf(target).answers(fused, target);
}
