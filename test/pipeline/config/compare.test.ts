import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  differences,
  effective,
  type Options,
  published,
} from "../../../pipeline/config/compare.ts";
import { readConfig } from "../../../pipeline/config/options.ts";
import { configSchema } from "../../../pipeline/config/schema.ts";
import { publishedCommand } from "../../../pipeline/report/provenance.ts";

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

test("what is published of options names no folder of the machine, and no password", () => {
  const inside = join(process.cwd(), "shop/dataset.json");
  const options = {
    ...{ data: inside, out: "/home/ann/models/shop", cache: ".cache", seed: 1, log: true },
    ...{ comparisons: ["/home/ann/a.json", "b.json"], queue: "redis://ann:secret@host:6379/0" },
    title: { embeddings: "/home/ann/vectors.txt", dimensions: 8 },
  };
  const shown = published(options);
  assert.deepEqual(shown, {
    ...{ data: "shop/dataset.json", out: "shop", cache: ".cache", seed: 1, log: true },
    ...{ comparisons: ["a.json", "b.json"], queue: "redis://host:6379/0" },
    title: { embeddings: "vectors.txt", dimensions: 8 },
  });
  assert.deepEqual(published(shown), shown);
  assert.equal(
    publishedCommand(["--data", inside, "--out=/home/ann/x y", "--comparisons", "/a/b,c"]),
    "npm run pipeline -- --data shop/dataset.json '--out=x y' --comparisons b,c",
  );
});
