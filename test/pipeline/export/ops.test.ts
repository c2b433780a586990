/** The table of operators: every operator the converter writes has a row, and every row is of one it writes. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import * as tfl from "@tensorflow/tfjs-layers";
import { builder } from "../../../pipeline/export/builder.ts";
import { convert } from "../../../pipeline/export/convert.ts";
import { ConvertError } from "../../../pipeline/export/errors.ts";
import { RANDOM } from "../../../pipeline/export/graph/ops/random.ts";
import { type GraphProto, ModelProtoSchema } from "../../../pipeline/export/onnx/onnx_pb.ts";
import { OPS, operator } from "../../../pipeline/export/ops.ts";
import { foldAffine } from "../../../pipeline/export/passes/affine.ts";
import { removeDead } from "../../../pipeline/export/passes/cleanup.ts";
import { mergePads } from "../../../pipeline/export/passes/padding.ts";
import { sinkTransposes } from "../../../pipeline/export/passes/transposes.ts";
import { toFloat16 } from "../../../pipeline/export/precision/fp16.ts";
import { toQ8 } from "../../../pipeline/export/precision/q8.ts";
import { webgpuCpuNodes } from "../../../pipeline/export/webgpu.ts";
import { ALL_CASES } from "./allCases.ts";
import { chain } from "./cases.ts";
import { CASES, graphOf, LAYOUTS, type Layout } from "./graph/allCases.ts";
import { loopWithBranch, Writer } from "./graph/controlGraphs.ts";
import { GraphWriter } from "./graph/graphs.ts";
import type { OpCase } from "./graph/opCases.ts";
import { artifactsOf } from "./parity.ts";

const EXPORT = "pipeline/export";

/** The operators of a graph and of the bodies inside it. */
function operatorsOf(graph: GraphProto | undefined): string[] {
  return (graph?.node ?? []).flatMap(({ opType, attribute }) => [
    opType,
    ...attribute.flatMap(({ g }) => operatorsOf(g)),
  ]);
}

/** Those of a graph model; none where it is refused because its sizes are not known. */
function operatorsOfCase(op: string, example: OpCase, layout: Layout): string[] {
  try {
    return Object.keys(convert(graphOf(op, example, layout).artifacts).ops);
  } catch (error) {
    if (error instanceof ConvertError) return [];
    throw error;
  }
}

test("the operators of all converted cases are the rows of the table", async () => {
  const found = new Set<string>();
  for (const make of Object.values(ALL_CASES)) {
    const { model, options } = make();
    const { onnx } = convert(await artifactsOf(model), options);
    for (const op of operatorsOf(fromBinary(ModelProtoSchema, onnx).graph)) found.add(op);
    model.dispose();
  }
  // large enough for 8-bit weights, which the cases are not
  const { model } = chain([64], tfl.layers.dense({ units: 64 }));
  for (const op of Object.keys(convert(await artifactsOf(model), { dtype: "q8" }).ops))
    found.add(op);
  for (const [op, cases] of Object.entries(CASES)) {
    for (const layout of [LAYOUTS.fixed, LAYOUTS["computed parameters"]])
      for (const example of cases)
        for (const name of operatorsOfCase(op, example, layout)) found.add(name);
  }
  const draws = new GraphWriter();
  draws.input("x", [-1, 3]);
  draws.node("Shape", "shape", ["x"]);
  for (const op of Object.keys(RANDOM)) {
    draws.node(op, op, ["shape"]);
    draws.output(`${op}_out`, op);
  }
  for (const op of Object.keys(convert(draws.artifacts()).ops)) found.add(op);
  const control = new Writer();
  control.graph.output("y", loopWithBranch(control));
  const { graph } = fromBinary(ModelProtoSchema, convert(control.artifacts()).onnx);
  for (const op of operatorsOf(graph)) found.add(op);
  assert.deepEqual([...found].sort(), Object.keys(OPS).sort());
});

test("every operator that the source names has a row, on paths that no case takes too", () => {
  const files = [
    "",
    "graph",
    "graph/control",
    "graph/fold",
    "graph/ops",
    "layers",
    "layers/functions",
    "passes",
    "precision",
  ].flatMap((folder) =>
    readdirSync(join(EXPORT, folder))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(EXPORT, folder, name)),
  );
  // b.op("Add", ...), b.ops("TopK", ...), { op: "Cast" }, makeNode(graph, "Max", ...)
  const emitted = /(?:\.ops?\(|\bop: |\bmakeNode\(\s*\w+(?:\.\w+)?,)\s*"(\w+)"/g;
  const names = files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(emitted)].map(([, name]) => name as string),
  );
  assert.ok(new Set(names).size > 30, `${new Set(names).size} operators found in the source`);
  assert.deepEqual(
    names.filter((name) => !(name in OPS)),
    [],
  );
});

test("an operator without a row is an internal error wherever a property of it is needed", () => {
  const message = /^Error: internal: the operator Strange has no row in ops\.ts$/;
  assert.throws(() => operator("Strange"), message);
  assert.throws(() => operator("toString"), /internal: the operator toString has no row/);
  assert.throws(() => builder().op("Strange", []), message);
  for (const pass of [
    sinkTransposes,
    foldAffine,
    mergePads,
    removeDead,
    toFloat16,
    toQ8,
    webgpuCpuNodes,
  ]) {
    const { graph } = builder();
    graph.nodes.push({ op: "Strange", name: "s", inputs: [], outputs: ["y"], attrs: {} });
    graph.outputs.push({ name: "y", dtype: "float32", shape: [] });
    assert.throws(() => pass(graph), message, pass.name);
  }
});
