/** Operators that draw random numbers, whose results nothing can be compared with but their distribution. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as ort from "onnxruntime-node";
import { convert } from "../../../../pipeline/export/convert.ts";
import { NotCompared } from "../../../../pipeline/export/verify/notCompared.ts";
import { openOriginal } from "../../../../pipeline/export/verify/tfjs.ts";
import { compareWithOriginal } from "../../../../pipeline/export/verify/verify.ts";
import { GraphWriter } from "./graphs.ts";

const COUNT = 4000;

/** Two draws of the shape of x [batch, 4000]. */
function twoDraws(op: string): GraphWriter {
  const graph = new GraphWriter();
  graph.input("x", [-1, COUNT]);
  graph.node("Shape", "shape", ["x"]);
  for (const name of ["one", "other"]) {
    graph.node(op, name, ["shape"]);
    graph.output(`${name}_out`, name);
  }
  return graph;
}

function moments(data: Float32Array) {
  const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
  const variance = data.reduce((sum, v) => sum + (v - mean) ** 2, 0) / data.length;
  return { mean, variance, least: Math.min(...data), most: Math.max(...data) };
}

for (const [op, mean, variance] of [
  ["RandomUniform", 1 / 2, 1 / 12],
  ["RandomStandardNormal", 0, 1],
] as const)
  test(`${op}: its distribution, other numbers in every node and run, a remark`, async () => {
    for (const dtype of ["fp32", "fp16", "q8"] as const) {
      const conversion = convert(twoDraws(op).artifacts(), { dtype });
      assert.match(
        conversion.warnings.join(),
        /draws random numbers.*: one\/Random\w+Like, other\//,
      );
      const session = await ort.InferenceSession.create(conversion.onnx);
      const x = new ort.Tensor("float32", new Float32Array(2 * COUNT), [2, COUNT]);
      const runs = [await session.run({ x }), await session.run({ x })];
      const draws = runs.flatMap((outputs) => Object.values(outputs));
      assert.equal(new Set(draws.map(({ data }) => data[0])).size, 4);
      for (const { dims, data } of draws) {
        assert.deepEqual([...dims], [2, COUNT]);
        const found = moments(data as Float32Array);
        // seven standard errors and more
        assert.ok(Math.abs(found.mean - mean) < 0.1, `mean ${found.mean}`);
        assert.ok(Math.abs(found.variance - variance) < 0.2, `variance ${found.variance}`);
        if (op === "RandomUniform") assert.ok(found.least >= 0 && found.most <= 1);
      }
    }
  });

test("a model that draws is not compared", async () => {
  const artifacts = twoDraws("RandomUniform").artifacts();
  const runGraph = () => assert.fail("the graph was run");
  const conversion = convert(artifacts);
  const comparison = { artifacts, conversion, tolerance: 1e-4, openOriginal, runGraph };
  await assert.rejects(compareWithOriginal(comparison), (error: unknown) => {
    assert.ok(error instanceof NotCompared);
    return /draws random numbers/.test(error.message);
  });
});
