/** Minimises a convex function of many parameters by truncated Newton. */

import { dot } from "./sparseRows.ts";

/** Thrown where no minimum is found, as with features that are not finite. */
export class NoMinimumError extends Error {}

const MAX_NEWTON_STEPS = 100;
const MAX_CG_STEPS = 200;
/** Converged when the gradient's norm has shrunk by this factor. */
const TOLERANCE = 1e-6;
/** Predicted decreases below this share of the loss may be lost to rounding. */
const NEGLIGIBLE = 1e-10;
/** Share of the predicted decrease that a step must achieve (Armijo). */
const SUFFICIENT_DECREASE = 1e-4;
/** A step is halved at most this often. */
const MAX_HALVINGS = 40;

/** A convex function. `State` is what its derivatives need, e.g. the logits of every row. */
export interface Convex<State> {
  stateAt(parameters: Float64Array): State;
  valueAt(parameters: Float64Array, state: State): number;
  gradientAt(parameters: Float64Array, state: State): Float64Array;
  /** The Hessian's product with a vector. */
  hessianAt(state: State): (vector: Float64Array) => Float64Array;
}

/**
 * Directions by conjugate gradients on Hessian-vector products, steps halved until the value decreases enough (Nocedal and
 * Wright 2006, algorithm 7.1). Deterministic.
 *
 * @param name Of what is fitted, for the error.
 * @param smallest Norm of a gradient that is nothing but rounding.
 * @throws NoMinimumError if no minimum is reached.
 */
export function minimise<State>(
  name: string,
  { stateAt, valueAt, gradientAt, hessianAt }: Convex<State>,
  start: Float64Array,
  smallest: number,
): Float64Array {
  let parameters = start;
  let state = stateAt(parameters);
  let value = valueAt(parameters, state);
  let firstNorm = 0;
  for (let step = 0; step < MAX_NEWTON_STEPS; step++) {
    const gradient = gradientAt(parameters, state);
    const norm = Math.sqrt(dot(gradient, gradient));
    firstNorm ||= norm;
    if (norm <= TOLERANCE * firstNorm || norm <= smallest) return parameters;
    // An inexact direction suffices far from the minimum; near it, exact ones give fast convergence.
    const accuracy = Math.min(0.5, Math.sqrt(norm / firstNorm)) * norm;
    const direction = newtonDirection(hessianAt(state), gradient, accuracy);
    const slope = dot(gradient, direction);
    let size = 1;
    let accepted = false;
    for (let halving = 0; halving < MAX_HALVINGS && !accepted; halving++, size /= 2) {
      const trial = parameters.map((parameter, i) => parameter + size * direction[i]!);
      const trialState = stateAt(trial);
      const trialValue = valueAt(trial, trialState);
      // A little slack: close to the minimum, values differ by less than rounding errors.
      accepted = trialValue <= value + SUFFICIENT_DECREASE * size * slope + 1e-12 * value;
      if (accepted) [parameters, state, value] = [trial, trialState, trialValue];
    }
    if (!accepted && -slope <= NEGLIGIBLE * value) return parameters;
    if (!accepted) break;
  }
  throw new NoMinimumError(`internal: ${name} reached no minimum; are all features finite?`);
}

/** Solves H d = -g by conjugate gradients until the residual's norm is below `accuracy`. */
function newtonDirection(
  hessian: (vector: Float64Array) => Float64Array,
  gradient: Float64Array,
  accuracy: number,
): Float64Array {
  const direction = new Float64Array(gradient.length);
  const residual = gradient.map((value) => -value);
  const search = residual.slice();
  let squared = dot(residual, residual);
  for (let step = 0; step < MAX_CG_STEPS && Math.sqrt(squared) > accuracy; step++) {
    const product = hessian(search);
    const size = squared / dot(search, product);
    for (let i = 0; i < direction.length; i++) {
      direction[i]! += size * search[i]!;
      residual[i]! -= size * product[i]!;
    }
    const next = dot(residual, residual);
    for (let i = 0; i < search.length; i++)
      search[i] = residual[i]! + (next / squared) * search[i]!;
    squared = next;
  }
  return direction;
}
