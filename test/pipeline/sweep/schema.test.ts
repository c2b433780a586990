/** Sweep files: defaults and errors. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSweep } from "../../../pipeline/sweep/schema.ts";

const parameters = { "ratings.dropout": [0.1, 0.2] };

function errorOf(sweep: unknown): string {
  try {
    parseSweep(sweep, "s.json");
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

test("defaults are filled in, including base.folds", () => {
  const sweep = parseSweep({ method: "halving", base: { seed: 7 }, parameters }, "s.json");
  assert.deepEqual(sweep.base, { folds: 5, seed: 7 });
  // Group and metric are those of the data set.
  assert.deepEqual(sweep.objective, { input: "all inputs" });
  assert.deepEqual([sweep.trials, sweep.eta, sweep.minShare, sweep.seed], [27, 3, 1 / 9, 42]);
});

test("ranges of integer options are integer", () => {
  const ranges = {
    "ratings.units": { min: 8, max: 64, scale: "log" },
    "ratings.dropout": { min: 0, max: 0.5 },
  };
  const sweep = parseSweep({ method: "random", parameters: ranges }, "s.json");
  assert.deepEqual(
    sweep.parameters.map(({ choice }) => "int" in choice && choice.int),
    [true, false],
  );
});

test("errors name all misspelt keys, each with the nearest valid one", () => {
  assert.match(errorOf({ methd: "grid", parameters }), /"methd" is not a key .* "method"/);
  assert.match(
    errorOf({ method: "gird", parameters }),
    /method: .*"grid"\|"random"\|"halving"\|"asha"/,
  );
  assert.match(errorOf({ method: "grid", params: {} }), /"params" .* "parameters"/);
  assert.match(
    errorOf({ method: "grid", parameters, objective: { metrik: "LRAP" } }),
    /"objective\.metrik" .* "objective\.metric"/,
  );
  assert.match(
    errorOf({ method: "random", parameters: { "ratings.dropout": { min: 0, max: 1, stepps: 2 } } }),
    /s\.json: parameters\.ratings\.dropout: "stepps" .* "steps"/,
  );
  assert.match(
    errorOf({ method: "grid", parameters, base: { titel: {} } }),
    /base: "titel".*"title"/,
  );
  const several = errorOf({
    method: "grid",
    parameters: { "ratings.dropuot": [1], "poster.epochs": [1.5], "__proto__.polluted": [1] },
  });
  assert.match(several, /"ratings\.dropuot" is not an option; did you mean "ratings\.dropout"/);
  assert.match(several, /poster\.epochs: expected int/);
  assert.match(several, /"__proto__" is not an option/);
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

test("a key of another method is an error that names the method", () => {
  assert.match(
    errorOf({ method: "grid", parameters, trials: 3 }),
    /"trials" is not an option of the method grid/,
  );
  assert.match(
    errorOf({ method: "random", parameters, eta: 3 }),
    /"eta" is not an option of the method random/,
  );
});

test("invalid values, ranges and options are errors before anything is trained", () => {
  const of = (path: string, choice: unknown, method = "random") =>
    errorOf({ method, parameters: { [path]: choice } });
  assert.match(of("ratings.dropout", [0.1, 2]), /ratings\.dropout: .*<1 \(given: 2\)/);
  assert.match(of("ratings.dropout", { min: 0.1, max: 1.5 }), /<1 \(given: 1\.5\)/);
  assert.match(of("ratings.dropout", { min: 0.5, max: 0.1 }), /min must be less than max/);
  assert.match(of("ratings.dropout", { min: 0, max: 0.5, scale: "log" }), /more than 0 .* log/);
  assert.match(of("ratings.dropout", { min: 0, max: 0.5 }, "grid"), /grid needs a list .* "steps"/);
  assert.match(of("ratings.dropout", []), /at least one value/);
  assert.match(of("ratings.dropout", [0.1, 0.1]), /lists 0\.1 twice/);
  assert.match(of("ratings.dropout", 0.1), /must be a list of values, or a range/);
  assert.match(of("title.encoder", { min: 1, max: 2 }), /not a number/);
  assert.match(of("ratings.dropout", { min: 0, max: 0.5, int: true }), /whole numbers/);
  for (const path of ["data", "resume", "log", "logDir", "threads", "seed", "backend"]) {
    assert.match(of(path, [1, 2]), /set it in "base"/);
  }
  assert.match(of("train.patience", [1, 2]), /no effect in a cross-validation/);
  assert.match(errorOf({ method: "grid", parameters: {} }), /at least one option/);
  assert.match(
    errorOf({ method: "grid", parameters, base: { folds: 0 } }),
    /base\.folds .* at least 2/,
  );
  assert.match(
    errorOf({ method: "grid", parameters: { title: [{ units: 3 }], "title.units": [3] } }),
    /"title" and "title\.units" set the same option/,
  );
});
