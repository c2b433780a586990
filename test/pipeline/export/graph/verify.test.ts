/** Comparisons of graph models: GraphModel of tfjs-converter against ONNX Runtime, as --verify runs them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as ort from "onnxruntime-node";
import {
  type ConvertOptions,
  convert,
  type LayersArtifacts,
} from "../../../../pipeline/export/convert.ts";
import { TOLERANCE, verdictOf } from "../../../../pipeline/export/verify/measure.ts";
import { NotCompared } from "../../../../pipeline/export/verify/notCompared.ts";
import { graphRunner } from "../../../../pipeline/export/verify/onnx.ts";
import { openOriginal } from "../../../../pipeline/export/verify/tfjs.ts";
import { compareWithOriginal } from "../../../../pipeline/export/verify/verify.ts";
import { attr, GraphWriter } from "./graphs.ts";
import { float, int, weights } from "./opCases.ts";

const runGraph = graphRunner(ort);

async function compared(artifacts: LayersArtifacts, options: ConvertOptions = {}) {
  const conversion = convert(artifacts, options);
  const rows = await compareWithOriginal({
    artifacts,
    conversion,
    cut: options.cut,
    full: options.dtype ? convert(artifacts, { ...options, dtype: "fp32" }) : undefined,
    tolerance: TOLERANCE[options.dtype ?? "fp32"],
    openOriginal,
    runGraph,
  });
  return rows.map((row) => ({
    output: row.output,
    shape: row.shape.join(),
    relative: row.relative,
    text: verdictOf(row, TOLERANCE[options.dtype ?? "fp32"]).text,
  }));
}

/** Two outputs of x [batch, 3]: a product, and the rows of it that are above 0. */
function products(): GraphWriter {
  const graph = new GraphWriter();
  graph.input("x", [-1, 3]);
  graph.constant("w", weights([3, 4]));
  graph.node("MatMul", "product", ["x", "w"]);
  graph.node("Greater", "above", ["product", graph.constant("zero", float(0))]);
  graph.node("Where", "where", ["above"]);
  graph.node("GatherNd", "found", ["product", "where"]);
  return graph;
}

test("every output at two batch sizes, also where how many values there are depends on them", async () => {
  const graph = products();
  graph.output("all", "product");
  graph.output("some", "found");
  const rows = await compared(graph.artifacts());
  assert.deepEqual(
    rows.map(({ output, text }) => [output, text]),
    [
      ["all", "ok"],
      ["some", "ok"],
      ["all", "ok"],
      ["some", "ok"],
    ],
  );
  assert.equal(rows[0]?.shape, "1,4");
  assert.equal(rows[2]?.shape, "3,4");
});

test("outputs of one node keep apart, ids stay below the size of their table", async () => {
  const graph = new GraphWriter();
  graph.input("ids", [-1, 6], "int32");
  graph.constant("table", weights([9, 5]));
  graph.node("GatherV2", "rows", ["table", "ids", graph.constant("axis", int(0))]);
  graph.node("TopKV2", "top", ["rows", graph.constant("k", int(2))]);
  graph.output("indices", "top:1");
  graph.output("values", "top");
  const rows = await compared(graph.artifacts());
  assert.deepEqual(
    rows.map(({ output, shape, text }) => `${output} ${shape} ${text}`),
    ["indices 1,6,2 ok", "values 1,6,2 ok", "indices 3,6,2 ok", "values 3,6,2 ok"],
  );
});

test("a cut graph is compared with what TensorFlow.js has at the same tensors", async () => {
  const graph = products();
  graph.node("FFT", "fft", ["found"]);
  graph.output("y", "fft");
  const artifacts = graph.artifacts();
  const ahead = await compared(artifacts, { cut: { outputs: ["product"] } });
  assert.deepEqual(
    ahead.map(({ output, text }) => `${output} ${text}`),
    ["product ok", "product ok"],
  );
  const inside = await compared(artifacts, {
    cut: { inputs: ["product"], outputs: ["found"] },
    inputs: { product: { shape: ["batch", 4] } },
  });
  assert.deepEqual(
    inside.map(({ text }) => text),
    ["ok", "ok"],
  );
});

test("half precision is compared with both", async () => {
  const graph = products();
  graph.output("all", "product");
  const rows = await compared(graph.artifacts(), { dtype: "fp16" });
  assert.ok(rows.every(({ text, relative }) => text === "ok" && relative > 0));
});

test("a graph that computes something else is above the tolerance", async () => {
  const graph = products();
  graph.output("all", "product");
  const artifacts = graph.artifacts();
  const other = new GraphWriter();
  other.input("x", [-1, 3]);
  other.constant("w", weights([3, 4], { seed: 1 }));
  other.node("MatMul", "product", ["x", "w"]);
  other.output("all", "product");
  const rows = await compareWithOriginal({
    artifacts,
    conversion: convert(other.artifacts()),
    tolerance: 1e-4,
    openOriginal,
    runGraph,
  });
  assert.ok(rows.every((row) => !verdictOf(row, 1e-4).passes));
});

test("where rounding decides how many values there are, an output is not comparable", async () => {
  const graph = new GraphWriter();
  graph.input("x", [-1, 3]);
  const w = graph.constant("w", weights([3, 400]));
  graph.node("MatMul", "product", ["x", w]);
  // a product, and the same in another order: equal or not by rounding alone
  graph.node("Mul", "left", ["product", graph.constant("third", float(1 / 3))]);
  graph.node("RealDiv", "right", ["product", graph.constant("three", float(3))]);
  graph.node("NotEqual", "differ", ["left", "right"]);
  graph.node("Where", "where", ["differ"], { T: attr.type("bool") });
  graph.output("y", "where");
  const artifacts = graph.artifacts();
  const rows = await compared(artifacts);
  for (const { text } of rows)
    assert.match(text, /^(ok|not comparable: the model's own rounding changes its shape)$/);
  assert.ok(rows.some(({ text }) => text !== "ok"));
});

test("a graph that TensorFlow.js loads and cannot run is not compared", async () => {
  const graph = new GraphWriter();
  graph.input("x", [-1, 3]);
  graph.node("Relu", "features", ["x"]);
  // whose tensor TensorFlow.js disposes of before it is read
  graph.node("PlaceholderWithDefault", "again", ["features"], {
    dtype: attr.type("float32"),
    shape: attr.shape([-1, 3]),
  });
  graph.node("MatMul", "product", ["again", graph.constant("w", weights([3, 4]))]);
  graph.output("y", "product");
  const { signature: _, ...artifacts } = graph.artifacts();
  await assert.rejects(compared(artifacts as LayersArtifacts), (error: unknown) => {
    assert.ok(error instanceof NotCompared, String(error));
    assert.match(error.message, /TensorFlow\.js fails when it runs the original: /);
    return true;
  });
});
