/** The options' own rules: every one is described, has a default that is valid, and a range. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { configSchema } from "../../../pipeline/config/schema.ts";

interface Node {
  readonly type?: string;
  readonly properties?: Record<string, Node>;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
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

/** What is off, or found out by itself, unless it is given. */
const OPTIONAL = ["data", "out", "foldWorkers", "threads", "title.embeddings", "poster.backbone"];

test("every option is described and has a default, or is off without one", () => {
  assert.ok(LEAVES.length > 30);
  for (const [path, leaf] of LEAVES) {
    assert.ok(leaf.description, `${path} has no description`);
    assert.equal(leaf.default === undefined, OPTIONAL.includes(path), path);
  }
});

test("every number has a lower limit, the seed aside", () => {
  for (const [path, leaf] of LEAVES) {
    if ((leaf.type !== "integer" && leaf.type !== "number") || path === "seed") continue;
    assert.notEqual(leaf.minimum ?? leaf.exclusiveMinimum, undefined, path);
  }
});

test("an empty path is refused: it would be the current folder", () => {
  for (const key of ["data", "out", "cache"]) {
    assert.match(configSchema.safeParse({ [key]: "" }).error!.message, /must not be empty/, key);
  }
});

test("shares of which nothing would be left are refused", () => {
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

test("n-grams have a shortest length up to the longest", () => {
  assert.ok(configSchema.safeParse({ title: { ngramMin: 4, ngramMax: 4 } }).success);
  assert.equal(configSchema.safeParse({ title: { ngramMin: 5, ngramMax: 4 } }).success, false);
});
