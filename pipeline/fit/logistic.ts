/** L2-regularised logistic regression on sparse rows. */

/** Compressed sparse rows: the columns and values of row r stand at offsets[r]..offsets[r + 1]. */
export interface SparseRows {
  /** Number of columns. */
  readonly columns: number;
  /** [rows + 1] */
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float64Array;
}

export interface LogisticModel {
  /** [columns] */
  readonly weights: Float64Array;
  readonly intercept: number;
}

/** Thrown where no minimum is found, as with features that are not finite. */
export class NoMinimumError extends Error {}

const MAX_NEWTON_STEPS = 100;
const MAX_CG_STEPS = 200;
/** Converged when the gradient's norm has shrunk by this factor. */
const TOLERANCE = 1e-6;
/** Gradients below this share of the largest possible one are rounding errors, as of features without information. */
const ROUNDING = 1e-12;
/** Predicted decreases below this share of the loss may be lost to rounding. */
const NEGLIGIBLE = 1e-10;
/** Share of the predicted decrease that a step must achieve (Armijo). */
const SUFFICIENT_DECREASE = 1e-4;
/** A step is halved at most this often. */
const MAX_HALVINGS = 40;

/** A regression to fit. */
interface LogisticTask {
  readonly rows: SparseRows;
  /** [rows] 0 or 1 */
  readonly targets: Uint8Array;
  /** Inverse strength of the regularisation, > 0. */
  readonly c: number;
}

/**
 * Fits P(y = 1 | x) = sigmoid(w.x + b) by minimising |w|^2 / 2 + C * sum of log losses, with an unpenalised intercept, as
 * scikit-learn's `LogisticRegression(C)` does. Truncated Newton: directions by conjugate gradients on Hessian-vector
 * products, steps halved until the loss decreases enough (Nocedal and Wright 2006, algorithm 7.1). Deterministic; the
 * problem is convex, so there is a single minimum.
 *
 * @param targets [rows] 0 or 1. A label that is always or never given gets an infinite intercept, the maximum of its
 *   likelihood.
 * @param c Inverse strength of the regularisation, > 0.
 * @throws Error if shapes disagree or `c` is not positive; NoMinimumError if no minimum is reached.
 */
export function fitLogistic(rows: SparseRows, targets: Uint8Array, c: number): LogisticModel {
  const { columns } = rows;
  if (rows.offsets.length !== targets.length + 1) {
    throw new Error(
      `logistic: expected one target per row, got ${rows.offsets.length - 1} rows and ` +
        `${targets.length} targets`,
    );
  }
  if (!(c > 0)) throw new Error(`logistic: C must be positive, got ${c}`);
  const positives = targets.reduce((sum, target) => sum + target, 0);
  const odds = positives / (targets.length - positives);
  if (odds === 0 || odds === Number.POSITIVE_INFINITY || targets.length === 0) {
    return { weights: new Float64Array(columns), intercept: Math.log(odds) };
  }

  const task: LogisticTask = { rows, targets, c };
  // The intercept is the last parameter; it starts at the base rate.
  let parameters = new Float64Array(columns + 1);
  parameters[columns] = Math.log(odds);
  let logits = multiply(rows, parameters);
  let loss = objective(task, parameters, logits);
  let firstNorm = 0;
  const smallest =
    ROUNDING * c * Math.sqrt(targets.length * (targets.length + dot(rows.values, rows.values)));
  for (let step = 0; step < MAX_NEWTON_STEPS; step++) {
    const gradient = gradientAt(task, parameters, logits);
    const norm = Math.sqrt(dot(gradient, gradient));
    firstNorm ||= norm;
    if (norm <= TOLERANCE * firstNorm || norm <= smallest) return modelOf(parameters);
    // An inexact direction suffices far from the minimum; near it, exact ones give fast convergence.
    const accuracy = Math.min(0.5, Math.sqrt(norm / firstNorm)) * norm;
    const direction = newtonDirection(task, logits, gradient, accuracy);
    const slope = dot(gradient, direction);
    let size = 1;
    let accepted = false;
    for (let halving = 0; halving < MAX_HALVINGS && !accepted; halving++, size /= 2) {
      const trial = parameters.map((value, i) => value + size * direction[i]!);
      const trialLogits = multiply(rows, trial);
      const trialLoss = objective(task, trial, trialLogits);
      // A little slack: close to the minimum, losses differ by less than rounding errors.
      accepted = trialLoss <= loss + SUFFICIENT_DECREASE * size * slope + 1e-12 * loss;
      if (accepted) [parameters, logits, loss] = [trial, trialLogits, trialLoss];
    }
    if (!accepted && -slope <= NEGLIGIBLE * loss) return modelOf(parameters);
    if (!accepted) break;
  }
  throw new NoMinimumError(
    "internal: logistic regression reached no minimum; are all features finite?",
  );
}

/** Splits parameters, of which the last is the intercept. */
function modelOf(parameters: Float64Array): LogisticModel {
  const columns = parameters.length - 1;
  return { weights: parameters.subarray(0, columns), intercept: parameters[columns]! };
}

/** Logits w.x + b of every row [rows]. */
export function predictLogits(rows: SparseRows, model: LogisticModel): Float64Array {
  const parameters = new Float64Array(rows.columns + 1);
  parameters.set(model.weights);
  parameters[rows.columns] = model.intercept;
  return multiply(rows, parameters);
}

/**
 * The same rows without the columns that no row has. Their weights are 0 in every fit, and all others keep their bits: what
 * is left out are sums of zeros. For many regressions on rows that share few of many columns.
 *
 * @returns `columns`: the index in `rows` of every column that is left, ascending.
 */
export function withoutEmptyColumns(rows: SparseRows): { rows: SparseRows; columns: Uint32Array } {
  const placeOf = new Int32Array(rows.columns);
  for (const column of rows.indices) placeOf[column] = 1;
  const columns = Uint32Array.from(placeOf.keys()).filter((column) => placeOf[column] === 1);
  for (const [place, column] of columns.entries()) placeOf[column] = place;
  const indices = rows.indices.map((column) => placeOf[column]!);
  return { rows: { ...rows, columns: columns.length, indices }, columns };
}

/** The logistic function; exp may overflow to Infinity, which gives 0. */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** X p, with a column of ones in X for the intercept: [rows]. */
function multiply(rows: SparseRows, parameters: Float64Array): Float64Array {
  const { columns, offsets, indices, values } = rows;
  const products = new Float64Array(offsets.length - 1);
  for (let row = 0; row < products.length; row++) {
    let sum = parameters[columns]!;
    for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
      sum += values[i]! * parameters[indices[i]!]!;
    }
    products[row] = sum;
  }
  return products;
}

/** c X^T r plus `regularised`, except for the intercept: [columns + 1]. */
function multiplyTransposed(
  rows: SparseRows,
  residuals: Float64Array,
  c: number,
  regularised: Float64Array,
): Float64Array {
  const { columns, offsets, indices, values } = rows;
  const sums = regularised.slice();
  sums[columns] = 0;
  for (let row = 0; row < residuals.length; row++) {
    const residual = c * residuals[row]!;
    sums[columns]! += residual;
    for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
      sums[indices[i]!]! += residual * values[i]!;
    }
  }
  return sums;
}

function objective(
  { targets, c }: LogisticTask,
  parameters: Float64Array,
  logits: Float64Array,
): number {
  let losses = 0;
  for (let row = 0; row < logits.length; row++) {
    const margin = targets[row] === 1 ? logits[row]! : -logits[row]!;
    // log(1 + exp(-margin)), without overflow for large negative margins.
    losses += Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
  }
  const intercept = parameters.at(-1)!;
  return (dot(parameters, parameters) - intercept * intercept) / 2 + c * losses;
}

function gradientAt(
  { rows, targets, c }: LogisticTask,
  parameters: Float64Array,
  logits: Float64Array,
): Float64Array {
  const residuals = logits.map((logit, row) => sigmoid(logit) - targets[row]!);
  return multiplyTransposed(rows, residuals, c, parameters);
}

/** Solves H d = -g by conjugate gradients until the residual's norm is below `accuracy`. */
function newtonDirection(
  { rows, c }: LogisticTask,
  logits: Float64Array,
  gradient: Float64Array,
  accuracy: number,
): Float64Array {
  const curvatures = logits.map((logit) => sigmoid(logit) * sigmoid(-logit));
  const direction = new Float64Array(gradient.length);
  const residual = gradient.map((value) => -value);
  const search = residual.slice();
  let squared = dot(residual, residual);
  for (let step = 0; step < MAX_CG_STEPS && Math.sqrt(squared) > accuracy; step++) {
    const weighted = multiply(rows, search).map((value, row) => value * curvatures[row]!);
    const product = multiplyTransposed(rows, weighted, c, search); // H search
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

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
