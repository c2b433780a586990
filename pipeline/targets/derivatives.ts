/** Room for the derivatives of one item's loss. */

import type { Derivatives } from "./targetRules.ts";

export function derivativesOf(width: number): Derivatives {
  return {
    losses: new Float64Array(width),
    slopes: new Float64Array(width),
    curvatures: new Float64Array(width),
    coupling: new Float64Array(width),
  };
}
