/** Fits the fusion's gates on movies that no tower was trained on. Shapes: L labels, M inputs, A amounts. */

import { Matrix, solve } from "ml-matrix";
import { subsetMasks } from "../common/subsets.ts";
import { derivativesOf } from "../targets/derivatives.ts";
import type { Derivatives, FittedTarget, Targets } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";

export interface GateRows {
  /** Logits of each input [movies, L], zeros where it is absent. */
  readonly logits: readonly Float32Array[];
  /** Which inputs each movie has, 0 or 1 [movies, M]. */
  readonly presence: Uint8Array;
  readonly amounts?: Amounts | undefined;
  /** What towers learn [movies, L]. */
  readonly targets: Targets;
  readonly target: FittedTarget;
  /** How much each movie counts, at least 0 [movies]; default: all 1. */
  readonly weights?: Float32Array | undefined;
}

/** How much there is of inputs. */
export interface Amounts {
  /** 0 to 1 on each of A scales [movies, A]. */
  readonly values: Float32Array;
  /** Index of the input that a scale is of [A]; amounts are 0 if it is absent. */
  readonly of: readonly number[];
}

export interface Gates {
  /** [M + A, M]: a row per present input, then per amount; a column per gate. */
  readonly kernel: Float32Array;
  /** [M] */
  readonly bias: Float32Array;
}

/** Strength of the regularisation towards gates of 1, in units of outputs. */
const RIDGE = 20;
/** Maximum number of Newton steps; a handful suffice, except for over-confident logits. */
const NEWTON_STEPS = 100;
/** Converged when no gate moves by more than this. */
const CONVERGED = 1e-8;
/** Smallest fraction of a step that is tried. */
const SHORTEST = 2 ** -40;
/** Relative differences of the loss below this are rounding noise. */
const ROUNDING = 1e-13;

/**
 * Fits gate_m = bias_m + sum over inputs k of presence_k kernel_km + sum over amounts a of amount_a kernel_(M + a)m by
 * the target's loss on logits (Newton's method), on every subset of every movie's inputs, which amounts to exhaustive
 * modality dropout; see `subsetMasks`. Steps are halved until the loss falls.
 *
 * The loss is convex in the gates, so the result depends neither on the start nor on a seed.
 *
 * @param options.modalityDropout False: only each movie's full set of inputs, for comparison.
 * @returns Gates of 1 without data.
 */
export function fitGates(rows: GateRows, { modalityDropout = true } = {}): Gates {
  const inputs = rows.logits.length;
  const amounts = rows.amounts?.of.length ?? 0;
  const sources = inputs + amounts;
  // A gate cannot depend on its own input's presence, which is 1 whenever the gate matters: that position is its bias.
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
    // For over-confident logits the curvature is almost 0, and a full step would overshoot by far.
    const limit = at.loss + ROUNDING * Math.abs(at.loss);
    for (let length = 1; length > SHORTEST; length /= 2) {
      const next = gates.map((gate, i) => gate - length * step[i]!);
      const candidate = objective(rows, next, start, modalityDropout);
      if (!(candidate.loss <= limit)) continue;
      gates = next;
      at = candidate;
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

/** Gates that never open for some inputs, by index, and that do not depend on them. */
export function shutGates(
  { kernel, bias }: Gates,
  amounts: Pick<Amounts, "of">,
  shut: readonly number[],
): Gates {
  const inputs = bias.length;
  /** The input that a row of the kernel stands for. */
  const inputOf = (row: number) => (row < inputs ? row : amounts.of[row - inputs]!);
  return {
    kernel: kernel.map((value, i) =>
      shut.includes(i % inputs) || shut.includes(inputOf(Math.floor(i / inputs))) ? 0 : value,
    ),
    bias: bias.map((value, m) => (shut.includes(m) ? 0 : value)),
  };
}

interface Objective {
  loss: number;
  /** By the gates [size]. */
  readonly gradient: Float64Array;
  /** By the gates [size, size]; only its lower triangle until it is complete. */
  readonly hessian: Float64Array;
}

/**
 * Loss over all subsets plus the ridge towards `start`, with derivatives by the gates.
 *
 * A gate's weights multiply an input's logits by states that are the same for all outputs. So sums over outputs come first, one
 * for each input or pair of inputs, and only they are spread over the gates.
 */
function objective(
  rows: GateRows,
  gates: Float64Array,
  start: Float64Array,
  modalityDropout: boolean,
): Objective {
  const inputs = rows.logits.length;
  const { prior } = rows.target;
  const movies = rows.targets.length / prior.length;
  const result = ridge(gates, start);
  const { differentiate } = rulesOf(rows.target);
  const logits = new Float64Array(prior.length);
  const derivatives = derivativesOf(prior.length);
  const states = new Float64Array(gates.length / inputs);
  const subsets = subsetsOf(inputs, modalityDropout);
  for (let movie = 0; movie < movies; movie++) {
    const row = movie * prior.length;
    for (const subset of subsets(rows, movie)) {
      const shown = subset.inputs;
      fillStates(states, rows, movie, subset);
      logits.set(prior);
      for (const m of shown) addScaled(logits, rows.logits[m]!, row, gateOf(gates, m, states));
      differentiate(logits, rows.targets, row, derivatives);
      weigh(derivatives, rows.weights?.[movie] ?? 1);
      addItem(result, rows, { row, shown, states, derivatives });
    }
  }
  completeSymmetric(result.hessian, gates.length);
  return result;
}

function gateOf(gates: Float64Array, input: number, states: Float64Array): number {
  let gate = 0;
  for (let k = 0; k < states.length; k++) gate += gates[input * states.length + k]! * states[k]!;
  return gate;
}

/** Adds `scale` times the values from `row` on. */
function addScaled(sum: Float64Array, values: Float32Array, row: number, scale: number): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += scale * values[row + i]!;
}

function ridge(gates: Float64Array, start: Float64Array): Objective {
  const size = gates.length;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  let loss = 0;
  for (let i = 0; i < size; i++) {
    const distance = gates[i]! - start[i]!;
    loss += (RIDGE / 2) * distance ** 2;
    gradient[i] = RIDGE * distance;
    hessian[i * size + i] = RIDGE;
  }
  return { loss, gradient, hessian };
}

/** Whether input m is in the subset, whose bits stand for the inputs. */
function isShown(subset: number, m: number): boolean {
  // Division, because shifts see 32 bits only.
  return Math.floor(subset / 2 ** m) % 2 === 1;
}

/** Inputs that are shown together. */
interface Subset {
  readonly inputs: readonly number[];
  /** Whether each of all inputs is among them, 0 or 1 [M]. */
  readonly mask: Uint8Array;
}

/** The subsets of a movie's inputs that gates are fitted to; without modality dropout, all its inputs alone. */
function subsetsOf(inputs: number, modalityDropout: boolean) {
  const byPresence = new Map<number, readonly Subset[]>();
  const indexes = Array.from({ length: inputs }, (_, m) => m);
  const subsetOf = (bits: number): Subset => ({
    inputs: indexes.filter((m) => isShown(bits, m)),
    mask: Uint8Array.from(indexes, (m) => (isShown(bits, m) ? 1 : 0)),
  });
  return ({ presence }: GateRows, movie: number): readonly Subset[] => {
    let all = 0;
    for (const m of indexes) all += presence[movie * inputs + m]! * 2 ** m;
    const known = byPresence.get(all);
    if (known) return known;
    const masks = modalityDropout && all > 0 ? subsetMasks(inputs, all) : [all];
    const subsets = masks.filter((mask) => mask > 0).map(subsetOf);
    byPresence.set(all, subsets);
    return subsets;
  };
}

/** What the gates depend on: the inputs of the subset, then the amounts [M + A]. */
function fillStates(
  states: Float64Array,
  { amounts }: GateRows,
  movie: number,
  { mask }: Subset,
): void {
  const inputs = mask.length;
  const amountCount = states.length - inputs;
  states.set(mask);
  for (let a = 0; a < amountCount; a++) {
    states[inputs + a] = mask[amounts!.of[a]!]! * amounts!.values[movie * amountCount + a]!;
  }
}

interface Item {
  /** Index of its first logit of each input. */
  readonly row: number;
  readonly shown: readonly number[];
  readonly states: Float64Array;
  readonly derivatives: Derivatives;
}

/** Adds the loss of one movie, and its derivatives. */
function addItem(
  result: Objective,
  { logits, target }: GateRows,
  { row, shown, states, derivatives: { losses, slopes, curvatures, coupling } }: Item,
): void {
  const { coupled } = rulesOf(target);
  for (const loss of losses) result.loss += loss;
  const means = shown.map((m) => (coupled ? weightedSum(coupling, logits[m]!, row) : 0));
  for (const [i, m] of shown.entries()) {
    const values = logits[m]!;
    addSlopes(result.gradient, m, states, weightedSum(slopes, values, row));
    for (const [j, n] of shown.slice(0, i + 1).entries()) {
      // The Hessian of the logits is diagonal, but for what coupling takes off it.
      const curvature = weightedSum(curvatures, values, row, logits[n]!) - means[i]! * means[j]!;
      addCurvature(result.hessian, [m, n], states, curvature);
    }
  }
}

/** Sum over the outputs of weight times value, or times both values, from `row` on. */
function weightedSum(
  weights: Float64Array,
  values: Float32Array,
  row: number,
  others?: Float32Array,
): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]! * values[row + i]! * (others ? others[row + i]! : 1);
  }
  return sum;
}

/** Spreads the slope by the logits of an input over its gate. */
function addSlopes(
  gradient: Float64Array,
  input: number,
  states: Float64Array,
  slope: number,
): void {
  for (let k = 0; k < states.length; k++)
    gradient[input * states.length + k]! += states[k]! * slope;
}

/** Spreads the curvature by the logits of two inputs over their gates: a block of the lower triangle. */
function addCurvature(
  hessian: Float64Array,
  [m, n]: readonly [number, number],
  states: Float64Array,
  curvature: number,
): void {
  const sources = states.length;
  const size = Math.sqrt(hessian.length);
  for (let k = 0; k < sources; k++) {
    if (states[k] === 0) continue;
    const scale = states[k]! * curvature;
    const place = (m * sources + k) * size + n * sources;
    const end = m === n ? k + 1 : sources;
    for (let l = 0; l < end; l++) hessian[place + l]! += scale * states[l]!;
  }
}

/** Derivatives of the loss times a weight, in place. */
function weigh({ losses, slopes, curvatures, coupling }: Derivatives, weight: number): void {
  for (let label = 0; label < losses.length; label++) {
    losses[label]! *= weight;
    slopes[label]! *= weight;
    curvatures[label]! *= weight;
    coupling[label]! *= Math.sqrt(weight);
  }
}

/** Copies the lower triangle to the upper one. */
function completeSymmetric(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j]!;
  }
}
