/** What the passes promise about graph models beyond what they promise about layers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convert } from "../../../../pipeline/export/convert.ts";
import { assertAgree, runConverted, runOriginal } from "./compare.ts";
import { attr, GraphWriter, type Value } from "./graphs.ts";

/** Numbers that differ from each other. */
function values(...shape: number[]): Value {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Array.from({ length: size }, (_, i) => Math.fround(Math.sin(i * 1.7)));
  return { shape, data, dtype: "float32" };
}

/** A Conv1D as Keras exports it: a Conv2D of height 1 between ExpandDims and Squeeze. */
function conv1d(graph: GraphWriter, x: string, name: string, kernel: Value): string {
  const axis = graph.constant(`${name}/axis`, { shape: [], data: [1], dtype: "int32" });
  const wide = graph.node("ExpandDims", `${name}/wide`, [x, axis]);
  const y = graph.node("Conv2D", `${name}/conv`, [wide, graph.constant(`${name}/kernel`, kernel)], {
    strides: attr.ints(1, 1, 1, 1),
    dilations: attr.ints(1, 1, 1, 1),
    padding: attr.text("SAME"),
  });
  const flat = graph.node("Squeeze", `${name}/flat`, [y], { squeeze_dims: attr.ints(1) });
  return graph.node("Relu", `${name}/relu`, [flat]);
}

test("convolutions over time in a row hand their sequence on without transposes in between", async () => {
  const graph = new GraphWriter();
  const x = graph.input("x", [-1, 9, 3]);
  const first = conv1d(graph, x, "first", values(1, 3, 3, 4));
  const second = conv1d(graph, first, "second", values(1, 3, 4, 5));
  graph.output("y", conv1d(graph, second, "third", values(1, 3, 5, 2)));
  const artifacts = graph.artifacts();
  const conversion = convert(artifacts);
  // one at each end, where the sequence enters and leaves with its channels last
  assert.equal(conversion.ops.Transpose, 2, JSON.stringify(conversion.ops));
  const feeds = { x: values(2, 9, 3) };
  const actual = await runConverted(conversion, feeds);
  assertAgree(conversion, actual, await runOriginal(artifacts, feeds, ["third/relu"]), 1e-5);
});
