/** A graph in front of a model that runs only for batches in which its input is given. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import * as tfl from "@tensorflow/tfjs-layers";
import { openSession } from "../../../node/session.ts";
import { convert } from "../../../pipeline/export/convert.ts";
import { importGraph, readOnnx } from "../../../pipeline/export/onnx/decode.ts";
import { type GraphProto, ModelProtoSchema } from "../../../pipeline/export/onnx/onnx_pb.ts";
import type { Precision } from "../../../pipeline/export/precision/precisions.ts";
import type { Front } from "../../../pipeline/export/prepend.ts";
import { onnxFile } from "../onnxFiles.ts";
import { artifactsOf, seedWeights } from "./parity.ts";

const FEATURES = 48;

/** pixels [batch, 3, 8, 8] -> features [batch, 48] */
function encoder(): Front["graph"] {
  const f = onnxFile(17);
  const x = f.input("pixels", "float32", ["batch", 3, 8, 8]);
  const filtered = f.op("Conv", [x, f.random([FEATURES, 3, 8, 8])], { strides: [8, 8] });
  const maps = f.op("Relu", [filtered]);
  f.op("Flatten", [maps], {}, "flat");
  f.output("flat", ["batch", FEATURES]);
  const type = (...shape: (number | null)[]) => ({ dtype: "float32", shape }) as const;
  const types = new Map([
    [x, type(null, 3, 8, 8)],
    [filtered, type(null, FEATURES, 1, 1)],
    [maps, type(null, FEATURES, 1, 1)],
    ["flat", type(null, FEATURES)],
  ]);
  return importGraph(readOnnx(f.bytes()), { outputs: ["flat"], prefix: "encoder/", types });
}

/** Reads the features of those that are given. */
async function model() {
  const features = tfl.input({ shape: [FEATURES], name: "features" });
  const has = tfl.input({ shape: [1], name: "has" });
  const scores = tfl.layers.dense({ units: 2, name: "scores" }).apply(features);
  const given = tfl.layers.multiply({ name: "given" }).apply([scores, has] as never);
  const made = tfl.model({ inputs: [features, has], outputs: given as never });
  seedWeights(made, 1);
  return artifactsOf(made);
}

const operators = (graph: GraphProto | undefined) => graph!.node.map(({ opType }) => opType);

for (const dtype of ["fp32", "fp16", "q8"] satisfies Precision[]) {
  test(`${dtype}: the same values, but the encoder runs for no batch without an item`, async () => {
    const written = async (given?: string) =>
      convert(await model(), { dtype, before: { features: { graph: encoder(), given } } }).onnx;
    const [plain, branched] = [await written(), await written("has")];
    const { graph } = fromBinary(ModelProtoSchema, branched);
    const choice = graph!.node.find(({ opType }) => opType === "If")!;
    const bodies = Object.fromEntries(choice.attribute.map(({ name, g }) => [name, g!]));
    assert.ok(!operators(graph).includes("Conv"));
    assert.ok(operators(bodies.then_branch).includes("Conv"));
    assert.ok(!operators(bodies.else_branch).includes("Conv"));
    // The filters are the branch's own, and the dense layer's kernel is not.
    const sizes = (initializer: GraphProto["initializer"]) =>
      initializer.map(({ dims }) => dims.join());
    assert.ok(sizes(bodies.then_branch!.initializer).includes(`${FEATURES},3,8,8`));
    assert.ok(!sizes(graph!.initializer).includes(`${FEATURES},3,8,8`));
    assert.ok(sizes(graph!.initializer).includes(`${FEATURES},2`));

    const sessions = await Promise.all([plain, branched].map((onnx) => openSession(onnx)));
    for (const has of [[1], [1, 0, 1], [0, 0], [0]]) {
      const pixels = Float32Array.from({ length: has.length * 192 }, (_, i) => Math.sin(i));
      const feeds = {
        "encoder/pixels": { type: "float32", dims: [has.length, 3, 8, 8], data: pixels },
        has: { type: "float32", dims: [has.length, 1], data: Float32Array.from(has) },
      } as const;
      const [expected, actual] = await Promise.all(
        sessions.map(async ({ run }) => Object.values(await run(feeds))[0]!),
      );
      assert.deepEqual(actual!.dims, [has.length, 2]);
      // ONNX Runtime computes half precision in float32 on the CPU, and rounds where two operators meet.
      const tolerance = dtype === "fp16" ? 2e-3 : 1e-6;
      for (const [i, value] of expected!.data.entries()) {
        assert.ok(Math.abs(value - actual!.data[i]!) <= tolerance, `${has}: ${i}`);
      }
      assert.equal(
        actual!.data.some((value) => value !== 0),
        has.includes(1),
      );
    }
    for (const session of sessions) await session.close();
  });
}

test("an input that the model lacks is named", async () => {
  const artifacts = await model();
  assert.throws(
    () => convert(artifacts, { before: { features: { graph: encoder(), given: "had" } } }),
    /options\.before\.features\.given: the model has no input "had"/,
  );
});
