/** Trials of a sweep, and their numbers of epochs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { configSchema } from "../../../pipeline/config/schema.ts";
import { rungsOf, withShare } from "../../../pipeline/sweep/halving.ts";
import { parseSweep } from "../../../pipeline/sweep/schema.ts";
import { planOf } from "../../../pipeline/sweep/space.ts";

function plan(sweep: object) {
  return planOf(parseSweep(sweep, "s.json"));
}

function valuesOf(sweep: object) {
  return plan(sweep).trials.map(({ values }) => Object.values(values));
}

test("a grid has all combinations, the last parameter changing fastest", () => {
  const parameters = {
    "title.encoder": ["bag", "gru"],
    "ratings.learningRate": { min: 1e-4, max: 1e-2, scale: "log", steps: 3 },
  };
  assert.deepEqual(valuesOf({ method: "grid", parameters }), [
    ...[1e-4, 1e-3, 1e-2].map((rate) => ["bag", rate]),
    ...[1e-4, 1e-3, 1e-2].map((rate) => ["gru", rate]),
  ]);
});

test("a trial has the base merged with its values, as a config file and complete", () => {
  const { trials } = plan({
    method: "grid",
    base: { seed: 3, title: { units: 9, epochs: 2 } },
    parameters: { title: [{ encoder: "gru", units: 5 }], "poster.channels": [[4, 8]] },
  });
  assert.deepEqual(trials[0]!.options, {
    folds: 5,
    seed: 3,
    title: { units: 5, epochs: 2, encoder: "gru" },
    poster: { channels: [4, 8] },
  });
  assert.deepEqual(trials[0]!.config, configSchema.parse(trials[0]!.options));
});

test("invalid combinations are left out with a note; a value in no valid combination is an error", () => {
  const parameters = { "title.ngramMin": [2, 5], "title.ngramMax": [4, 6] };
  const { trials, notes } = plan({ method: "grid", parameters });
  assert.deepEqual(
    trials.map(({ number, values }) => [number, ...Object.values(values)]),
    [
      [1, 2, 4],
      [2, 2, 6],
      [3, 5, 6],
    ],
  );
  assert.match(notes.join(), /ngramMin must be at most title\.ngramMax, got 5 and 4/);
  const lost = { ...parameters, "title.ngramMin": [2, 9] };
  assert.throws(
    () => plan({ method: "grid", parameters: lost }),
    /ngramMin: 9 is not valid with any/,
  );
});

const DRAWN = {
  method: "random",
  trials: 12,
  seed: 5,
  parameters: {
    "ratings.dropout": { min: 0.1, max: 0.6 },
    "ratings.units": { min: 16, max: 512, scale: "log" },
    "train.optimizer": ["adamw", "sgd"],
  },
};

test("draws depend only on the seed; more trials or parameters do not change the first ones", () => {
  const first = valuesOf(DRAWN);
  assert.equal(first.length, 12);
  assert.deepEqual(valuesOf(DRAWN), first);
  assert.notDeepEqual(valuesOf({ ...DRAWN, seed: 6 }), first);
  assert.deepEqual(valuesOf({ ...DRAWN, trials: 20 }).slice(0, 12), first);
  const wider = { ...DRAWN.parameters, "poster.dropout": { min: 0.1, max: 0.2 } };
  assert.deepEqual(
    valuesOf({ ...DRAWN, parameters: wider }).map((values) => values.slice(0, 3)),
    first,
  );
});

test("property: draws are distinct, within their range, and follow its scale", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const trials = valuesOf({ ...DRAWN, trials: 40, seed }) as [number, number, string][];
      assert.equal(new Set(trials.map((values) => JSON.stringify(values))).size, 40);
      for (const [dropout, units] of trials) {
        assert.ok(dropout >= 0.1 && dropout <= 0.6);
        assert.ok(Number.isInteger(units) && units >= 16 && units <= 512);
      }
      // Half of the draws on a log scale are below its geometric mean, 90.5; on a linear one 15 % would be.
      const small = trials.filter(([, units]) => units < 90.5).length;
      assert.ok(small >= 8 && small <= 32, `${small} of 40`);
    }),
    { seed: 1, numRuns: 30 },
  );
});

test("if there are no more combinations than trials, each is tried once", () => {
  const parameters = { "train.optimizer": ["adamw", "sgd", "adam"], "title.units": [4, 8] };
  const all = plan({ method: "random", trials: 9, parameters });
  assert.deepEqual(
    all.trials.map(({ values }) => Object.values(values)),
    valuesOf({ method: "grid", parameters }),
  );
  assert.deepEqual(all.notes, ["the parameters allow only 6 different trials, not 9"]);
  const five = valuesOf({ method: "random", trials: 5, parameters });
  assert.equal(new Set(five.map(String)).size, 5);
});

test("rungs follow Hyperband's inner loop", () => {
  // Li et al. 2018, table 1, bracket s = 4: 81 configurations, eta 3.
  const table = rungsOf(81, 3, 1 / 81);
  assert.deepEqual(
    table.map(({ trials, share }) => [trials, Math.round(81 * share)]),
    [
      [81, 1],
      [27, 3],
      [9, 9],
      [3, 27],
      [1, 81],
    ],
  );
  // The first share is the smallest power of 1 / eta that is at least minShare.
  assert.deepEqual(rungsOf(8, 2, 0.2), [
    { share: 0.25, trials: 8 },
    { share: 0.5, trials: 4 },
    { share: 1, trials: 2 },
  ]);
  // A rung of a single trial is left out, unless it is the last.
  assert.deepEqual(rungsOf(3, 3, 1 / 9), [
    { share: 1 / 9, trials: 3 },
    { share: 1, trials: 1 },
  ]);
  assert.deepEqual(rungsOf(4, 3, 1), [{ share: 1, trials: 4 }]);
});

test("a share of the epochs is rounded to at least one; other options stay", () => {
  const config = configSchema.parse({ title: { epochs: 40 }, poster: { epochs: 4 } });
  const shorter = withShare(config, 1 / 9);
  assert.deepEqual(
    [shorter.title.epochs, shorter.poster.epochs, shorter.ratings.epochs],
    [4, 1, 4],
  );
  assert.deepEqual(withShare(shorter, 1), shorter);
  assert.deepEqual({ ...shorter.poster, epochs: 4 }, config.poster);
});
