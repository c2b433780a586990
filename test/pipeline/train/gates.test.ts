/** The fit of the gates: optimality, recovery of known gates, and behaviour without data. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { derivativesOf } from "../../../pipeline/targets/derivatives.ts";
import { rulesOf } from "../../../pipeline/targets/types.ts";
import { fitGates, type GateRows, type Gates, shutGates } from "../../../pipeline/train/gates.ts";
import { withPrior } from "../labelsTarget.ts";

const L = 3;
const PRIOR = Float32Array.of(-1.5, 0, -0.5);

/** gate_m of a movie with the inputs in `presence`. */
function gateOf({ kernel, bias }: Gates, presence: readonly number[], m: number): number {
  const M = bias.length;
  return presence.reduce((sum, has, k) => sum + has * kernel[k * M + m]!, bias[m]!);
}

/** Fused logits of a movie from only the inputs in `shown`. */
function weightedLogits(rows: GateRows, gates: Gates, movie: number, shown: readonly number[]) {
  return Array.from(PRIOR, (prior, l) =>
    rows.logits.reduce(
      (sum, values, m) => sum + shown[m]! * gateOf(gates, shown, m) * values[movie * L + l]!,
      prior,
    ),
  );
}

/** All non-empty subsets of a movie's inputs. */
function subsetsOf(has: readonly number[]): number[][] {
  const all = Array.from({ length: 2 ** has.length - 1 }, (_, i) =>
    has.map((_, m) => ((i + 1) >> m) & 1),
  );
  return all.filter((shown) => shown.every((value, m) => value <= has[m]!));
}

/** Sum of the cross-entropy over all subsets of all movies. */
function lossOf(rows: GateRows, gates: Gates): number {
  const M = rows.logits.length;
  let loss = 0;
  for (let movie = 0; movie < rows.targets.length / L; movie++) {
    const has = [...rows.presence.subarray(movie * M, (movie + 1) * M)];
    for (const shown of subsetsOf(has)) {
      for (const [l, logit] of weightedLogits(rows, gates, movie, shown).entries()) {
        const target = rows.targets[movie * L + l]!;
        loss += Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)));
      }
    }
  }
  return loss;
}

/** Movies whose labels are drawn from the probabilities of the given gates on all their inputs. */
function draw(movies: number, inputs: number, truth: Gates, scale = 1, seed = 1): GateRows {
  const random = createRandom(seed);
  const presence = Uint8Array.from({ length: movies * inputs }, () => +(random.next() < 0.8));
  const logits = Array.from({ length: inputs }, (_, m) =>
    Float32Array.from(
      { length: movies * L },
      (_, i) => presence[Math.floor(i / L) * inputs + m]! * scale * random.normal(),
    ),
  );
  const targets = new Uint8Array(movies * L);
  const rows = { logits, presence, targets, target: withPrior(PRIOR) };
  for (let movie = 0; movie < movies; movie++) {
    const has = [...presence.subarray(movie * inputs, (movie + 1) * inputs)];
    for (const [l, logit] of weightedLogits(rows, truth, movie, has).entries()) {
      targets[movie * L + l] = +(random.next() < 1 / (1 + Math.exp(-logit)));
    }
  }
  return rows;
}

const gates = (bias: number[], kernel: number[]): Gates => ({
  bias: Float32Array.from(bias),
  kernel: Float32Array.from(kernel),
});

test("with one input, its gate corrects over-confident logits", () => {
  const { bias, kernel } = fitGates(draw(20_000, 1, gates([0.4], [0])));
  assert.ok(Math.abs(bias[0]! - 0.4) < 0.02, `gate ${bias[0]}`);
  assert.deepEqual([...kernel], [0]);
});

test("with two inputs, the gates of movies with both are recovered", () => {
  const truth = gates([1.2, 0.7], [0, 0, 0, 0]);
  const found = fitGates(draw(20_000, 2, truth));
  const both = [1, 1];
  assert.ok(Math.abs(gateOf(found, both, 0) - 1.2) < 0.04, `${gateOf(found, both, 0)}`);
  assert.ok(Math.abs(gateOf(found, both, 1) - 0.7) < 0.04, `${gateOf(found, both, 1)}`);
});

test("the gate of a redundant input is closed if the other input is present, and open otherwise", () => {
  // The second input is the first plus noise: informative alone, useless beside the first.
  const random = createRandom(3);
  const rows = draw(20_000, 2, gates([1, 0], [0, 0, 0, 0]));
  rows.presence.fill(1);
  const [first, second] = rows.logits as [Float32Array, Float32Array];
  for (let i = 0; i < first.length; i++) {
    first[i] = 2 * random.normal();
    second[i] = first[i]! + random.normal();
    const probability = 1 / (1 + Math.exp(-first[i]! - PRIOR[i % L]!));
    rows.targets[i] = +(random.next() < probability);
  }
  const found = fitGates(rows);
  assert.ok(gateOf(found, [0, 1], 1) > 0.6);
  assert.ok(Math.abs(gateOf(found, [1, 1], 1)) < 0.05);
  assert.ok(Math.abs(gateOf(found, [1, 1], 0) - 1) < 0.05);
});

for (const scale of [1, 10, 100]) {
  test(`logits ${scale} times as large: at the result, the gradient balances the ridge`, () => {
    const rows = draw(
      300,
      3,
      gates(
        [0.9, 0.5, 1.3].map((g) => g / scale),
        new Array(9).fill(0),
      ),
      scale,
    );
    const found = fitGates(rows);
    const M = 3;
    const pulls: number[] = [];
    const numbers = [
      ...Array.from(found.bias, (value, i) => ({ value, start: 1, array: "bias" as const, i })),
      ...Array.from(found.kernel, (value, i) => ({ value, start: 0, array: "kernel" as const, i })),
    ].filter(({ array, i }) => array === "bias" || i % M !== Math.floor(i / M));
    assert.equal(numbers.length, 9);
    for (const { value, start, array, i } of numbers) {
      const moved = (by: number) => {
        const copy = {
          bias: Float64Array.from(found.bias),
          kernel: Float64Array.from(found.kernel),
        };
        copy[array][i] = value + by;
        return lossOf(rows, copy as unknown as Gates);
      };
      const h = 1e-4 / scale;
      const gradient = (moved(h) - moved(-h)) / (2 * h);
      // Ridge regression towards the start: gradient + ridge (value - start) = 0, with the same ridge for all.
      if (Math.abs(value - start) > 0.02) pulls.push(gradient / (start - value));
      else assert.ok(Math.abs(gradient) < 1, `${array}[${i}]: gradient ${gradient}`);
    }
    assert.ok(pulls.length >= 3, `${pulls}`);
    for (const pull of pulls) assert.ok(Math.abs(pull / 20 - 1) < 0.01, `${pulls}`);
  });
}

test("the gate of confident but uninformative logits is closed, without divergence", () => {
  const random = createRandom(1);
  const movies = 2000;
  const logits = [
    Float32Array.from({ length: movies * L }, () => 40 * random.normal()),
    Float32Array.from({ length: movies * L }, () => random.normal()),
  ];
  const targets = Uint8Array.from({ length: movies * L }, (_, i) => {
    const logit = logits[1]![i]! + PRIOR[i % L]!;
    return +(random.next() < 1 / (1 + Math.exp(-logit)));
  });
  const presence = new Uint8Array(movies * 2).fill(1);
  const found = fitGates({ logits, presence, targets, target: withPrior(PRIOR) });
  assert.ok(Math.abs(gateOf(found, [1, 0], 0)) < 0.01, `${gateOf(found, [1, 0], 0)}`);
  assert.ok(Math.abs(gateOf(found, [1, 1], 0)) < 0.01, `${gateOf(found, [1, 1], 0)}`);
  assert.ok(Math.abs(gateOf(found, [1, 1], 1) - 1) < 0.1, `${gateOf(found, [1, 1], 1)}`);
});

test("an input that no movie has keeps a gate of 1, and does not affect the others", () => {
  const two = draw(500, 2, gates([0.8, 0.6], [0, 0, 0, 0]));
  const three = {
    ...two,
    logits: [...two.logits, new Float32Array(500 * L)],
    presence: Uint8Array.from({ length: 1500 }, (_, i) =>
      i % 3 === 2 ? 0 : two.presence[Math.floor(i / 3) * 2 + (i % 3)]!,
    ),
  };
  const [found, smaller] = [fitGates(three), fitGates(two)];
  assert.equal(found.bias[2], 1);
  assert.deepEqual(
    [0, 1, 2].map((k) => found.kernel[k * 3 + 2]),
    [0, 0, 0],
  );
  for (const m of [0, 1]) assert.ok(Math.abs(found.bias[m]! - smaller.bias[m]!) < 1e-6);
});

test("no movies: gates of 1", () => {
  const found = fitGates({
    logits: [0, 1, 2].map(() => new Float32Array(0)),
    presence: new Uint8Array(0),
    targets: new Uint8Array(0),
    target: withPrior(PRIOR),
  });
  assert.deepEqual([...found.bias], [1, 1, 1]);
  assert.deepEqual([...found.kernel], new Array(9).fill(0));
});

test("gates depend on the amount of an input, and ignore it if the input is hidden", () => {
  // The second input's logits are noise for small amounts, and the truth for large ones.
  const random = createRandom(5);
  const movies = 6000;
  const values = Float32Array.from({ length: movies }, (_, i) => (i % 3) / 2);
  const first = Float32Array.from({ length: movies * L }, () => random.normal());
  const second = Float32Array.from({ length: movies * L }, () => 2 * random.normal());
  const targets = Uint8Array.from({ length: movies * L }, (_, i) => {
    const amount = values[Math.floor(i / L)]!;
    const logit = PRIOR[i % L]! + (1 - amount) * first[i]! + amount * second[i]!;
    return +(random.next() < 1 / (1 + Math.exp(-logit)));
  });
  const presence = new Uint8Array(movies * 2).fill(1);
  const { kernel, bias } = fitGates({
    logits: [first, second],
    presence,
    targets,
    target: withPrior(PRIOR),
    amounts: { of: [1], values },
  });
  assert.equal(kernel.length, 3 * 2);
  const gate = (m: number, amount: number) =>
    bias[m]! + kernel[(1 - m) * 2 + m]! + amount * kernel[4 + m]!;
  for (const amount of [0, 0.5, 1]) {
    assert.ok(Math.abs(gate(0, amount) - (1 - amount)) < 0.12, `${amount}: ${gate(0, amount)}`);
    assert.ok(Math.abs(gate(1, amount) - amount) < 0.12, `${amount}: ${gate(1, amount)}`);
  }
  // Alone, the first input's gate stays open.
  assert.ok(bias[0]! > 0.3, `${bias[0]}`);
});

test("amounts of two inputs are each of their own: hidden with it, and shut with it", () => {
  const random = createRandom("two amounts");
  const movies = 400;
  const draw = (size: number, one: () => number) => Float32Array.from({ length: size }, one);
  const logits = [0, 1].map(() => draw(movies * L, () => 2 * random.normal()));
  const values = draw(movies * 2, () => random.int(2));
  // An input tells the truth where its own amount is 1, and nothing elsewhere.
  const targets = Uint8Array.from({ length: movies * L }, (_, i) => {
    const movie = Math.floor(i / L);
    const logit = logits.reduce((sum, of, m) => sum + values[movie * 2 + m]! * of[i]!, 0);
    return +(random.next() < 1 / (1 + Math.exp(-PRIOR[i % L]! - logit)));
  });
  const rows = { logits, presence: new Uint8Array(movies * 2).fill(1), targets };
  const gates = fitGates({ ...rows, target: withPrior(PRIOR), amounts: { of: [0, 1], values } });
  assert.equal(gates.kernel.length, 4 * 2);
  // Rows: both inputs, then the amount of each.
  const [own, other] = [gates.kernel[2 * 2]!, gates.kernel[3 * 2]!];
  assert.ok(own > 0.7 && Math.abs(other) < 0.2, `${own} ${other}`);
  const { kernel } = shutGates(gates, { of: [0, 1] }, [0]);
  assert.deepEqual([...kernel].slice(4, 6), [0, 0]);
  assert.equal(kernel[3 * 2 + 1], gates.kernel[3 * 2 + 1]);
});

test("shut gates are 0 whatever a movie has, and nothing depends on their inputs", () => {
  // Rows: title, poster, ratings, two amounts of ratings; columns: the gates.
  const kernel = Float32Array.from({ length: 15 }, (_, i) => i + 1);
  const bias = Float32Array.of(1, 2, 3);
  const shut = (...inputs: number[]) => shutGates({ kernel, bias }, { of: [2, 2] }, inputs);
  assert.deepEqual(shut(), { kernel, bias });
  assert.deepEqual(shut(0), {
    kernel: Float32Array.of(0, 0, 0, 0, 5, 6, 0, 8, 9, 0, 11, 12, 0, 14, 15),
    bias: Float32Array.of(0, 2, 3),
  });
  assert.deepEqual(shut(2), {
    kernel: Float32Array.of(1, 2, 0, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    bias: Float32Array.of(1, 2, 0),
  });
});

/** Sum of a target's loss over all subsets of two inputs, and the ridge, by the gates of both. */
function lossOn(rows: GateRows, { kernel, bias }: Gates, width: number): number {
  const { prior } = rows.target;
  const { differentiate } = rulesOf(rows.target);
  // A gate's own presence has no row: its bias stands there, drawn towards 1.
  let loss = 10 * ((bias[0]! - 1) ** 2 + (bias[1]! - 1) ** 2 + kernel[1]! ** 2 + kernel[2]! ** 2);
  for (let item = 0; item < rows.targets.length / width; item++) {
    for (const [a, b] of [
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const gateOfA = a * (bias[0]! + b * kernel[2]!);
      const gateOfB = b * (bias[1]! + a * kernel[1]!);
      const logits = Float64Array.from(prior, (value, k) => {
        const at = item * width + k;
        return value + gateOfA * rows.logits[0]![at]! + gateOfB * rows.logits[1]![at]!;
      });
      const into = derivativesOf(width);
      differentiate(logits, rows.targets, item * width, into);
      loss += (rows.weights?.[item] ?? 1) * into.losses.reduce((sum, term) => sum + term, 0);
    }
  }
  return loss;
}

for (const type of ["class", "number"] as const) {
  test(`of a ${type}, whose items count differently, no other gates have a smaller loss`, () => {
    const width = type === "class" ? 3 : 1;
    const items = 200;
    const random = createRandom(type);
    const targets = new Float32Array(items * width);
    const logits = [0, 1].map(() => new Float32Array(items * width));
    for (let item = 0; item < items; item++) {
      const kind = random.int(width);
      for (let k = 0; k < width; k++) {
        const at = item * width + k;
        targets[at] = type === "class" ? Number(k === kind) : random.normal();
        // The first input is over-confident, the second says half of it.
        logits[0]![at] = 3 * targets[at]! + random.normal();
        logits[1]![at] = targets[at]! / 2 + random.normal() / 2;
      }
    }
    const target = {
      type,
      outputs: Array.from({ length: width }, (_, k) => `${k}`),
      prior: new Float32Array(width),
    };
    const presence = new Uint8Array(items * 2).fill(1);
    const weights = Float32Array.from({ length: items }, () => random.next());
    const rows: GateRows = { logits, presence, targets, target, weights };
    const found = fitGates(rows);
    const least = lossOn(rows, found, width);
    for (const part of ["kernel", "bias"] as const) {
      for (const i of part === "kernel" ? [1, 2] : [0, 1]) {
        for (const by of [-0.01, 0.01]) {
          const moved = { ...found, [part]: found[part].slice() };
          moved[part][i]! += by;
          assert.ok(lossOn(rows, moved, width) > least, `${part} ${i} by ${by}`);
        }
      }
    }
  });
}

test("two movies of weight 0.5 count as much as one, and one of weight 0 not at all", () => {
  const rows = draw(50, 2, gates([1.2, 0.7], [0, 0, 0, 0]));
  const twice = <T extends Float32Array | Uint8Array>(values: T) =>
    (values instanceof Uint8Array ? Uint8Array : Float32Array).from([...values, ...values]) as T;
  const doubled = {
    ...rows,
    logits: rows.logits.map(twice),
    presence: twice(rows.presence),
    targets: twice(rows.targets),
  };
  const once = fitGates(rows);
  const weighed = (of: (movie: number) => number) =>
    fitGates({ ...doubled, weights: Float32Array.from({ length: 100 }, (_, i) => of(i)) });
  assert.notDeepEqual(fitGates(doubled), once);
  for (const found of [weighed(() => 0.5), weighed((movie) => Number(movie < 50))]) {
    for (const [i, value] of found.bias.entries()) {
      assert.ok(Math.abs(value - once.bias[i]!) < 1e-6, `${i}: ${value}, ${once.bias[i]}`);
    }
  }
});

test("with more than four inputs, gates are fitted to each alone, each left out, and all", () => {
  const inputs = 6;
  const rows = {
    ...draw(60, inputs, { bias: new Float32Array(6).fill(0.5), kernel: new Float32Array(36) }),
  };
  const { bias, kernel } = fitGates(rows);
  assert.equal(kernel.length, 36);
  assert.ok([...bias, ...kernel].every(Number.isFinite));
});
