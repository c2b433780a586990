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

/** Loss over all subsets plus the ridge towards `start`, with derivatives by the gates. */
function objective(
  rows: GateRows,
  gates: Float64Array,
  start: Float64Array,
  modalityDropout: boolean,
): Objective {
  const inputs = rows.logits.length;
  const { prior } = rows.target;
  const labels = prior.length;
  const movies = rows.targets.length / labels;
  const result = ridge(gates, start);
  const { differentiate, coupled } = rulesOf(rows.target);
  const logits = new Float64Array(labels);
  const derivatives = derivativesOf(labels);
  const states = new Float64Array(gates.length / inputs);
  for (let movie = 0; movie < movies; movie++) {
    for (const subset of subsetsOf(rows, movie, modalityDropout)) {
      fillStates(states, rows, movie, subset);
      const places = placesOf(states, subset, inputs);
      const features = new Float64Array(labels * places.length);
      for (let label = 0; label < labels; label++) {
        const row = movie * labels + label;
        let logit = prior[label]!;
        for (let i = 0; i < places.length; i++) {
          const { at, input, state } = places[i]!;
          const feature = rows.logits[input]![row]! * state;
          features[label * places.length + i] = feature;
          logit += gates[at]! * feature;
        }
        logits[label] = logit;
      }
      differentiate(logits, rows.targets, movie * labels, derivatives);
      weigh(derivatives, rows.weights?.[movie] ?? 1);
      addItem(result, places, features, derivatives);
      if (coupled) addCoupling(result, places, features, derivatives);
    }
  }
  completeSymmetric(result.hessian, gates.length);
  return result;
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

/** The subsets of the movie's inputs that gates are fitted to; without modality dropout, all its inputs alone. */
function subsetsOf(
  { logits, presence }: GateRows,
  movie: number,
  modalityDropout: boolean,
): readonly number[] {
  const has = logits.map((_, m) => presence[movie * logits.length + m] === 1);
  const all = has.reduce((mask, present, m) => mask + (present ? 2 ** m : 0), 0);
  if (all === 0) return [];
  return modalityDropout ? subsetMasks(logits.length, all) : [all];
}

/** What the gates depend on: the inputs of the subset, then the amounts [M + A]. */
function fillStates(
  states: Float64Array,
  { logits, amounts }: GateRows,
  movie: number,
  subset: number,
): void {
  const inputs = logits.length;
  const amountCount = states.length - inputs;
  for (let m = 0; m < inputs; m++) states[m] = isShown(subset, m) ? 1 : 0;
  for (let a = 0; a < amountCount; a++) {
    const amount = amounts!.values[movie * amountCount + a]!;
    states[inputs + a] = isShown(subset, amounts!.of[a]!) ? amount : 0;
  }
}

/** Where a decision depends on the gates. */
interface Place {
  /** Index in the gates. */
  readonly at: number;
  readonly input: number;
  /** What the input's logits are multiplied by. */
  readonly state: number;
}

/** The places of the shown inputs whose states are not 0, ascending: nothing depends on the others. */
function placesOf(states: Float64Array, subset: number, inputs: number): Place[] {
  const places: Place[] = [];
  for (let input = 0; input < inputs; input++) {
    if (!isShown(subset, input)) continue;
    for (const [k, state] of states.entries()) {
      if (state !== 0) places.push({ at: input * states.length + k, input, state });
    }
  }
  return places;
}

/**
 * Adds the loss of one movie, and its derivatives.
 *
 * @param features What the gate at each of the places is multiplied by, of each output [L, places].
 */
function addItem(
  result: Objective,
  places: readonly Place[],
  features: Float64Array,
  { losses, slopes, curvatures }: Derivatives,
): void {
  const { gradient, hessian } = result;
  const size = gradient.length;
  for (let label = 0; label < losses.length; label++) {
    result.loss += losses[label]!;
    const row = features.subarray(label * places.length, (label + 1) * places.length);
    for (let i = 0; i < places.length; i++) {
      const value = row[i]!;
      if (value === 0) continue;
      const at = places[i]!.at;
      gradient[at]! += slopes[label]! * value;
      for (let j = 0; j <= i; j++) {
        hessian[at * size + places[j]!.at]! += curvatures[label]! * value * row[j]!;
      }
    }
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

/** Takes p p^T off the Hessian of the logits. */
function addCoupling(
  { gradient, hessian }: Objective,
  places: readonly Place[],
  features: Float64Array,
  { coupling }: Derivatives,
): void {
  const size = gradient.length;
  const means = places.map((_, i) =>
    coupling.reduce((sum, share, label) => sum + share * features[label * places.length + i]!, 0),
  );
  for (let i = 0; i < places.length; i++) {
    for (let j = 0; j <= i; j++) {
      hessian[places[i]!.at * size + places[j]!.at]! -= means[i]! * means[j]!;
    }
  }
}

/** Copies the lower triangle to the upper one. */
function completeSymmetric(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j]!;
  }
}
