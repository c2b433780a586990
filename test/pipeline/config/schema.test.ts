/** Rules for the options themselves: each has a description, a valid default and a range. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { configSchema } from "../../../pipeline/config/schema.ts";
import { linearShare } from "../../../pipeline/inputs/ratings/options.ts";

interface Node {
  readonly type?: string;
  readonly properties?: Record<string, Node>;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

function leaves(node: Node, path: string): [string, Node][] {
  if (!node.properties) return [[path, node]];
  return Object.entries(node.properties).flatMap(([key, child]) =>
    leaves(child, path ? `${path}.${key}` : key),
  );
}
const LEAVES = leaves(z.toJSONSchema(configSchema, { io: "input" }) as Node, "");

test("an empty configuration is complete", () => {
  const config = configSchema.parse({});
  assert.equal(config.backend, "auto");
  assert.deepEqual(config.poster.channels, [24, 48, 96, 128]);
  assert.equal(config.data, undefined);
  for (const [path, { default: value }] of LEAVES) {
    const found = path
      .split(".")
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], config);
    assert.deepEqual(found, value, path);
  }
});

test("defaults are new objects each time: one run cannot change another's", () => {
  configSchema.parse({}).poster.channels.push(1);
  assert.deepEqual(configSchema.parse({}).poster.channels, [24, 48, 96, 128]);
});

/** Options without a default: off, or determined at run time. */
const OPTIONAL = [
  "data",
  "out",
  "foldWorkers",
  "queue",
  "storage",
  "threads",
  "title.maxWords",
  "ratings.linear",
  "title.repeats",
  "title.wordWeight",
  "title.embeddings",
  "title.backbone",
  "title.backboneLayers",
  "title.backbonePooling",
  "poster.height",
  "poster.width",
  "poster.backbone",
  "poster.backbonePooling",
];

test("every option has a description, and all but the optional ones have a default", () => {
  assert.ok(LEAVES.length > 30);
  for (const [path, leaf] of LEAVES) {
    assert.ok(leaf.description, `${path} has no description`);
    assert.equal(leaf.default === undefined, OPTIONAL.includes(path), path);
  }
});

test("every number except the seed has a lower limit", () => {
  for (const [path, leaf] of LEAVES) {
    if ((leaf.type !== "integer" && leaf.type !== "number") || path === "seed") continue;
    assert.notEqual(leaf.minimum ?? leaf.exclusiveMinimum, undefined, path);
  }
});

test("sizes that would fill the memory are rejected with their limit", () => {
  const LIMITS = { units: 4096, dimensions: 4096, height: 2048, width: 2048, batchSize: 65_536 };
  let checked = 0;
  for (const [path, leaf] of LEAVES) {
    const limit = LIMITS[path.split(".").at(-1) as keyof typeof LIMITS];
    if (limit === undefined || leaf.type !== "integer" || leaf.minimum === 0) continue;
    assert.equal(leaf.maximum, limit, path);
    checked++;
  }
  assert.ok(checked >= 8, `${checked}`);
  const { error } = configSchema.safeParse({ title: { units: 999_999 } });
  assert.match(error!.message, /<=4096/);
});

test("an empty path is rejected: it would mean the current folder", () => {
  for (const key of ["data", "out", "cache"]) {
    assert.match(configSchema.safeParse({ [key]: "" }).error!.message, /must not be empty/, key);
  }
});

test("shares that would leave nothing are rejected", () => {
  const whole = [
    { title: { tokenDropout: 1 } },
    { title: { dropout: 1 } },
    { poster: { dropout: 1 } },
    { ratings: { inputDropout: 1 } },
    { ratings: { dropout: 1 } },
    { train: { validation: 1 } },
    { train: { averaging: 1 } },
  ];
  for (const options of whole) {
    assert.equal(configSchema.safeParse(options).success, false, JSON.stringify(options));
  }
  assert.ok(configSchema.safeParse({ ratings: { partial: 1 }, poster: { dropout: 0.99 } }).success);
});

test("the shortest n-gram may not be longer than the longest", () => {
  assert.ok(configSchema.safeParse({ title: { ngramMin: 4, ngramMax: 4 } }).success);
  assert.equal(configSchema.safeParse({ title: { ngramMin: 5, ngramMax: 4 } }).success, false);
});

test("user vectors that are trained have no linear model beside the network", () => {
  const ratings = (options: object) => configSchema.parse({ ratings: options }).ratings;
  assert.equal(linearShare(ratings({})), 0.3);
  assert.equal(linearShare(ratings({ vectorLearningRate: 0.001 })), 0);
  assert.equal(linearShare(ratings({ vectorLearningRate: 0.001, linear: 0 })), 0);
  assert.throws(
    () => ratings({ vectorLearningRate: 0.001, linear: 0.3 }),
    /a linear model needs user vectors that are not trained/,
  );
});

test("a linear head needs a frozen backbone, and has no hidden layer", () => {
  const problems = (poster: object) =>
    configSchema.safeParse({ poster }).error?.issues.map(({ path }) => path.join("."));
  const backbone = "encoder";
  assert.deepEqual(problems({ head: "linear" }), ["poster.head"]);
  assert.deepEqual(problems({ head: "linear", backbone, fineTune: true }), ["poster.head"]);
  assert.deepEqual(problems({ head: "linear", backbone, units: 8 }), ["poster.units"]);
  assert.equal(problems({ head: "linear", backbone }), undefined);
});
