/** The fusion's gates, learned on movies that no tower has seen. */

import { Matrix, solve } from "ml-matrix";

export interface GateRows {
  /** Logits of each input [movies, L], zeros where it is absent. */
  readonly logits: readonly Float32Array[];
  /** Which inputs each movie has [movies, M]. */
  readonly presence: Uint8Array;
  /** How much there is of one input, 0 to 1 on each of A scales [movies, A]. */
  readonly amounts?: Amounts | undefined;
  /** [movies, L] */
  readonly targets: Uint8Array;
  /** Logits of the labels' shares [L]. */
  readonly prior: Float32Array;
}

export interface Amounts {
  readonly values: Float32Array;
  /** Index of the input: without it, no amounts. */
  readonly of: number;
}

export interface Gates {
  /** [M + A, M], row = input that is there, then amount; column = gate. */
  readonly kernel: Float32Array;
  /** [M] */
  readonly bias: Float32Array;
}

/** Pull towards "every tower counts fully", as if this many label decisions had said so. */
const RIDGE = 20;
/** A handful do; over-confident logits take more. */
const NEWTON_STEPS = 100;
const CONVERGED = 1e-8;
/** Shortest part of a step that is tried. */
const SHORTEST = 2 ** -40;
/** Differences of the loss below this share are rounding. */
const ROUNDING = 1e-13;

/**
 * Fits gate_m = bias_m + sum over inputs k of presence_k kernel_km + sum over amounts a of amount_a kernel_(M + a)m by
 * logistic regression (Newton's method) on every subset of every movie's inputs: modality dropout without the dice.
 * Steps are halved until the loss falls.
 *
 * The loss is convex in the gates, so the result depends on no start and no seed.
 *
 * @param options.modalityDropout False: every movie with all it has only, for comparison.
 * @returns Gates of 1 where there is nothing to learn from.
 */
export function fitGates(rows: GateRows, { modalityDropout = true } = {}): Gates {
  const inputs = rows.logits.length;
  const movies = rows.targets.length / rows.prior.length;
  const amounts = rows.amounts && movies > 0 ? rows.amounts.values.length / movies : 0;
  const sources = inputs + amounts;
  // A gate does not depend on its own input's presence, which is 1 wherever the gate counts: that place is its bias.
  const size = inputs * sources;
  const index = (gate: number, source: number) => gate * sources + source;
  const start = new Float64Array(size);
  for (let m = 0; m < inputs; m++) start[index(m, m)] = 1;

  let gates = start;
  let at = objective(rows, gates, start, modalityDropout);
  for (let iteration = 0; iteration < NEWTON_STEPS; iteration++) {
    const step = solve(
      Matrix.from1DArray(size, size, at.hessian),
      Matrix.columnVector(at.gradient),
    ).to1DArray();
    // Where logits are over-confident the curvature is almost nothing, and a whole step leads far astray.
    const limit = at.loss + ROUNDING * Math.abs(at.loss);
    for (let length = 1; length > SHORTEST; length /= 2) {
      const next = gates.map((gate, i) => gate - length * step[i]!);
      const found = objective(rows, next, start, modalityDropout);
      if (!(found.loss <= limit)) continue;
      gates = next;
      at = found;
      break;
    }
    if (Math.max(...step.map(Math.abs)) < CONVERGED) break;
  }

  const kernel = new Float32Array(size);
  const bias = new Float32Array(inputs);
  for (let m = 0; m < inputs; m++) {
    bias[m] = gates[index(m, m)]!;
    for (let k = 0; k < sources; k++) {
      if (k !== m) kernel[k * inputs + m] = gates[index(m, k)]!;
    }
  }
  return { kernel, bias };
}

interface Objective {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** [size, size] */
  readonly hessian: Float64Array;
}

/** Cross-entropy over all subsets and the pull towards `start`, with derivatives by the gates. */
function objective(
  { logits, presence, amounts, targets, prior }: GateRows,
  gates: Float64Array,
  start: Float64Array,
  modalityDropout: boolean,
): Objective {
  const inputs = logits.length;
  const labels = prior.length;
  const movies = targets.length / labels;
  const size = gates.length;
  const sources = size / inputs;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  let loss = 0;
  for (let i = 0; i < size; i++) {
    const distance = gates[i]! - start[i]!;
    loss += (RIDGE / 2) * distance ** 2;
    gradient[i] = RIDGE * distance;
    hessian[i * size + i] = RIDGE;
  }
  const subsets = Array.from({ length: 2 ** inputs - 1 }, (_, i) => i + 1);
  const features = new Float64Array(size);
  const states = new Float64Array(sources);
  for (let movie = 0; movie < movies; movie++) {
    const has = (m: number) => presence[movie * inputs + m] === 1;
    for (const subset of subsets) {
      const shown = (m: number) => ((subset >> m) & 1) === 1;
      if (logits.some((_, m) => shown(m) && !has(m))) continue;
      if (!modalityDropout && logits.some((_, m) => has(m) && !shown(m))) continue;
      for (let k = 0; k < sources; k++) {
        if (k < inputs) states[k] = shown(k) ? 1 : 0;
        else {
          const amount = amounts!.values[movie * (sources - inputs) + k - inputs]!;
          states[k] = shown(amounts!.of) ? amount : 0;
        }
      }
      for (let label = 0; label < labels; label++) {
        features.fill(0);
        for (let m = 0; m < inputs; m++) {
          if (!shown(m)) continue;
          const value = logits[m]![movie * labels + label]!;
          for (let k = 0; k < sources; k++) features[m * sources + k] = value * states[k]!;
        }
        let logit = prior[label]!;
        for (let i = 0; i < size; i++) logit += gates[i]! * features[i]!;
        const target = targets[movie * labels + label]!;
        const probability = 1 / (1 + Math.exp(-logit));
        loss += Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)));
        const residual = probability - target;
        const weight = probability * (1 - probability);
        for (let i = 0; i < size; i++) {
          const value = features[i]!;
          if (value === 0) continue;
          gradient[i]! += residual * value;
          for (let j = 0; j <= i; j++) hessian[i * size + j]! += weight * value * features[j]!;
        }
      }
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) hessian[j * size + i] = hessian[i * size + j]!;
  }
  return { loss, gradient, hessian };
}
