/** The registry against tfjs-layers itself: no class that a file can name is forgotten. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { AUGMENTATIONS, KERAS_CLASSES } from "../../../pipeline/export/dialect.ts";
import { KERAS_LAYERS, LAYERS } from "../../../pipeline/export/registry.ts";
import { MODEL_CLASSES } from "../../../pipeline/export/topology.ts";

/** Classes that occur inside others, or are the graph's inputs. */
const ELSEWHERE = [
  "InputLayer",
  "SimpleRNNCell",
  "GRUCell",
  "LSTMCell",
  "StackedRNNCells",
  "ConvLSTM2DCell",
];

test("every layer class registered in tfjs-layers is in the table, and nothing else is", () => {
  const classes = tf.serialization.SerializationMap.getMap().classNameMap;
  const base = Object.getPrototypeOf(tfl.RNN) as new () => object;
  const layers = Object.entries(classes)
    .filter(([, [Layer]]) => Layer.prototype instanceof base)
    .map(([name]) => name);
  assert.ok(layers.length > 60, `${layers.length} layer classes found`);
  assert.deepEqual([...Object.keys(LAYERS), ...ELSEWHERE, ...MODEL_CLASSES].sort(), layers.sort());
});

test("the classes that make a file Keras's are those that only its table has", () => {
  const classes = [...KERAS_CLASSES, ...AUGMENTATIONS].filter((name) => !(name in LAYERS));
  assert.deepEqual(Object.keys(KERAS_LAYERS).sort(), classes.sort());
});

test("docs/converter.md has every one of them in its table", () => {
  const text = readFileSync("docs/converter.md", "utf8");
  const table = text.slice(text.indexOf("## Layers"), text.indexOf("### Recurrent"));
  const first = new Set(
    table
      .split("\n")
      .flatMap((line) => (line.split("|")[1] ?? "").split(",").map((name) => name.trim())),
  );
  assert.deepEqual(
    [...Object.keys(LAYERS), ...Object.keys(KERAS_LAYERS), ...ELSEWHERE, ...MODEL_CLASSES].filter(
      (name) => !first.has(name),
    ),
    [],
  );
});
