import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { differences, effective, type Options } from "../../../pipeline/config/compare.ts";
import { readConfig } from "../../../pipeline/config/options.ts";
import { configSchema } from "../../../pipeline/config/schema.ts";

test("options about paths, output and parallelism have no effect; all others have", () => {
  const all = Object.keys(configSchema.parse({ data: "d", out: "o", foldWorkers: 2, threads: 1 }));
  const without = [
    "cache",
    "comparisons",
    "data",
    "foldWorkers",
    "learningCurve",
    "log",
    "logDir",
    "mistakes",
    "out",
    "overwrite",
    "precisions",
    "resume",
    "strict",
    "threads",
  ];
  const counted = Object.keys(effective(configSchema.parse({ data: "d", out: "o" })));
  assert.deepEqual(all.filter((name) => !counted.includes(name)).sort(), without);
  assert.ok(["seed", "backend", "folds", "publish", "train"].every((n) => counted.includes(n)));
});

test("differences are named by path, with both values", () => {
  const before = { seed: 1, poster: { channels: [4, 8], units: 0 }, gone: true };
  const now = { seed: 1, poster: { channels: [4, 9], units: 0 }, new: undefined, more: "x" };
  assert.deepEqual(differences(before, now), [
    "poster.channels: [4,8] -> [4,9]",
    "gone: true -> not given",
    'more: not given -> "x"',
  ]);
  assert.deepEqual(differences(before, structuredClone(before)), []);
});

test("models/ml1m.json is the configuration of the committed bundle, which it may therefore replace", () => {
  const { provenance } = JSON.parse(readFileSync("models/ml1m/manifest.json", "utf8")) as {
    provenance: { config: Options };
  };
  const now = readConfig(["--config", "models/ml1m.json", "--backend", "wasm"]);
  assert.deepEqual(differences(effective(provenance.config), effective(now)), []);
});
