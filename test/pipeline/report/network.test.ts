/** The diagram of the network: a column per tower, with its layers from the inputs down. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { networkDiagram } from "../../../pipeline/report/network.ts";
import { sampleRun } from "./sampleRun.ts";

const { model } = sampleRun();
const layer = (className: string, parameters: number, part: string, outputShape = "[null,8]") => ({
  ...{ name: className, className, parameters, part, outputShape },
});
const textsOf = ({ markup }: { markup: string }) =>
  [...markup.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text);

test("layers with parameters, pooling and dropout are boxes of their tower; masks and reshapes are not", () => {
  const layers = [
    layer("InputLayer", 0, "poster"),
    layer("Conv2D", 1234, "poster", "[null,96,64,16]"),
    layer("Reshape", 0, "poster"),
    layer("MaxPooling2D", 0, "poster", "[null,48,32,16]"),
    layer("Embedding", 90, "title", "[null,null,6]"),
    layer("Model", 5, "title", "[[null,20],[null,10]]"),
    layer("Dense", 21, "fusion"),
  ];
  assert.deepEqual(textsOf(networkDiagram({ ...model, layers }, "18 genres")), [
    ...["title", "title, year", "Embedding", "any × 6, 90 parameters", "Model", "5 parameters"],
    ...["poster", "poster", "Conv2D", "96 × 64 × 16, 1,234 parameters"],
    ...["MaxPooling2D", "48 × 32 × 16"],
    ...["logits × gates, + prior", "gates by inputs that are there, and by their amounts"],
    ...["answer", "18 genres"],
  ]);
});

test("of very many layers, those with the most parameters are shown, in their order", () => {
  const layers = Array.from({ length: 40 }, (_, i) => layer("Dense", 1 + ((i * 7) % 40), "title"));
  const counts = textsOf(networkDiagram({ ...model, layers }, "")).flatMap(
    (text) => / (\d+) parameters/.exec(text!)?.[1] ?? [],
  );
  const expected = layers.map(({ parameters }) => parameters).filter((count) => count > 28);
  assert.deepEqual(counts.map(Number), expected);
});
