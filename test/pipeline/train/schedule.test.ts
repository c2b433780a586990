/** The learning rate over a run. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { learningRateAt } from "../../../pipeline/train/schedule.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

test("rises linearly to the peak, then falls along half a cosine", () => {
  const options = { warmup: 4, total: 12, peak: 0.8 };
  const rates = Array.from({ length: 13 }, (_, step) => learningRateAt(step, options));
  const cosine = (k: number) => 0.4 * (1 + Math.cos((Math.PI * k) / 8));
  const expected = [0.2, 0.4, 0.6, 0.8, ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map(cosine)];
  for (const [step, rate] of rates.entries()) {
    assert.ok(Math.abs(rate - expected[step]!) < 1e-12, `step ${step}: ${rate}`);
  }
  assert.equal(learningRateAt(8, options), 0.4);
});

test("without warm-up, the first step has the peak; with warm-up only, the last one has it", () => {
  assert.equal(learningRateAt(0, { warmup: 0, total: 10, peak: 0.1 }), 0.1);
  assert.equal(learningRateAt(9, { warmup: 10, total: 10, peak: 0.1 }), 0.1);
});

test("a warm-up that ends within a step does not overshoot the peak", () => {
  assert.equal(learningRateAt(0, { warmup: 0.1, total: 1, peak: 0.5 }), 0.5);
  assert.equal(learningRateAt(2, { warmup: 2.5, total: 25, peak: 0.5 }), 0.5);
});

test("property: every rate is above 0 and at most the peak, with a single maximum", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (total, share) => {
        const rates = Array.from({ length: total }, (_, step) =>
          learningRateAt(step, { warmup: share * total, total, peak: 2 }),
        );
        assert.ok(rates.every((rate) => rate > 0 && rate <= 2));
        const top = rates.indexOf(Math.max(...rates));
        for (let i = 1; i < total; i++) {
          assert.ok(i <= top ? rates[i]! >= rates[i - 1]! : rates[i]! <= rates[i - 1]!);
        }
      },
    ),
  );
});

test("constant stays at the peak; step falls to a tenth after half and after three quarters", () => {
  const at = (schedule: "constant" | "step", step: number) =>
    learningRateAt(step, { warmup: 10, total: 110, peak: 2, schedule });
  for (const schedule of ["constant", "step"] as const) {
    assert.equal(at(schedule, 4), 1);
    assert.equal(at(schedule, 9), 2);
    assert.equal(at(schedule, 59), 2);
  }
  assert.equal(at("constant", 109), 2);
  assert.ok(Math.abs(at("step", 60) - 0.2) < 1e-12);
  assert.ok(Math.abs(at("step", 85) - 0.02) < 1e-12);
});
