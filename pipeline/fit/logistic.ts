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

const MAX_NEWTON_STEPS = 100;
const MAX_CG_STEPS = 200;
/** Fitted when the gradient has shrunk by this factor. */
const TOLERANCE = 1e-6;
/** Share of the predicted decrease that a step must bring (Armijo). */
const SUFFICIENT_DECREASE = 1e-4;
const MAX_HALVINGS = 40;

/**
 * Fits P(y = 1 | x) = sigmoid(w.x + b) by minimising |w|^2 / 2 + C * sum of log losses, with the
 * intercept unpenalised: scikit-learn's `LogisticRegression(C)`. Truncated Newton: directions by
 * conjugate gradients on Hessian-vector products, steps halved until they pay (Nocedal and Wright
 * 2006, algorithm 7.1). Deterministic. The issue is convex, so the minimum is the only one.
 * @param targets [rows] 0 or 1; a label that is always or never given gets an infinite intercept,
 *   which is where its likelihood has its maximum
 * @param c inverse strength of the regularisation, > 0
 * @throws Error where shapes disagree, `c` is not positive, or no minimum is reached
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

  // The intercept is the last parameter; the base rate is where it starts.
  let parameters = new Float64Array(columns + 1);
  parameters[columns] = Math.log(odds);
  let logits = multiply(rows, parameters);
  let loss = objective(parameters, logits, targets, c);
  let firstNorm = 0;
  for (let step = 0; step < MAX_NEWTON_STEPS; step++) {
    const gradient = gradientAt(rows, parameters, logits, targets, c);
    const norm = Math.sqrt(dot(gradient, gradient));
    firstNorm ||= norm;
    if (norm <= TOLERANCE * firstNorm) {
      return { weights: parameters.subarray(0, columns), intercept: parameters[columns]! };
    }
    // Solving far from the minimum exactly is wasted work; near it, it is what converges fast.
    const accuracy = Math.min(0.5, Math.sqrt(norm / firstNorm)) * norm;
    const direction = newtonDirection(rows, logits, gradient, c, accuracy);
    const slope = dot(gradient, direction);
    let size = 1;
    let accepted = false;
    for (let halving = 0; halving < MAX_HALVINGS && !accepted; halving++, size /= 2) {
      const trial = parameters.map((value, i) => value + size * direction[i]!);
      const trialLogits = multiply(rows, trial);
      const trialLoss = objective(trial, trialLogits, targets, c);
      // A whisker of slack: close to the minimum, losses differ by less than they are rounded to.
      accepted = trialLoss <= loss + SUFFICIENT_DECREASE * size * slope + 1e-12 * loss;
      if (accepted) [parameters, logits, loss] = [trial, trialLogits, trialLoss];
    }
    if (!accepted) break;
  }
  throw new Error("internal: logistic regression reached no minimum; are all features finite?");
}

/** Logits w.x + b of every row. @returns [rows] */
export function predictLogits(rows: SparseRows, model: LogisticModel): Float64Array {
  const parameters = new Float64Array(rows.columns + 1);
  parameters.set(model.weights);
  parameters[rows.columns] = model.intercept;
  return multiply(rows, parameters);
}

/** Logistic function, without overflow. */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** X p with a column of ones for the intercept. @returns [rows] */
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

/** c X^T r, plus the regulariser's share, which spares the intercept. @returns [columns + 1] */
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
  parameters: Float64Array,
  logits: Float64Array,
  targets: Uint8Array,
  c: number,
): number {
  let losses = 0;
  for (let row = 0; row < logits.length; row++) {
    const margin = targets[row] === 1 ? logits[row]! : -logits[row]!;
    // log(1 + exp(-margin)) without overflow for large negative margins.
    losses += Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
  }
  const intercept = parameters.at(-1)!;
  return (dot(parameters, parameters) - intercept * intercept) / 2 + c * losses;
}

function gradientAt(
  rows: SparseRows,
  parameters: Float64Array,
  logits: Float64Array,
  targets: Uint8Array,
  c: number,
): Float64Array {
  const residuals = logits.map((logit, row) => sigmoid(logit) - targets[row]!);
  return multiplyTransposed(rows, residuals, c, parameters);
}

/** Solves H d = -g by conjugate gradients until the residual's norm is below `accuracy`. */
function newtonDirection(
  rows: SparseRows,
  logits: Float64Array,
  gradient: Float64Array,
  c: number,
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
