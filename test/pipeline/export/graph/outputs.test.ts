/** Outputs that nodes of functions read by their names; TensorFlow.js takes the first for all of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convert } from "../../../../pipeline/export/convert.ts";
import { CONTROL } from "../../../../pipeline/export/graph/control/control.ts";
import { LISTS } from "../../../../pipeline/export/graph/control/lists.ts";
import { OUTPUTS } from "../../../../pipeline/export/graph/outputs.ts";
import { TF_OPS } from "../../../../pipeline/export/graph/registry.ts";
import { runConverted } from "./compare.ts";
import { int, Writer } from "./controlGraphs.ts";
import { attr, type Value } from "./graphs.ts";

const x: Value = { shape: [4], dtype: "float32", data: [3, 9, 4, 7] };

/** A call of a function with the largest two of x, their places and the doubled places. */
function largest(values: string, indices: string) {
  const w = new Writer();
  const input = w.graph.input("x", [4]);
  const f = w.define("largest", [{ name: "a", dtype: "float32" }], (body, [a]) => {
    body.graph.node("TopKV2", "top", [a!, body.constant(int(2))], { sorted: attr.flag(true) });
    body.graph.node("AddV2", "twice", [indices, indices]);
    return [values, indices, "twice:z:0"];
  });
  const call = w.op("PartitionedCall", [input], { f });
  for (const [i, name] of ["values", "indices", "twice"].entries())
    w.graph.output(name, `${call}:${i}`);
  return w.artifacts();
}

test("a function's nodes and results read outputs by name or number", async () => {
  const spellings = [
    ["top:values:0", "top:indices:0"],
    ["top:0", "top:1"],
  ] as const;
  for (const [values, indices] of spellings) {
    const outputs = await runConverted(convert(largest(values, indices)), { x });
    assert.deepEqual(
      outputs.map(({ dtype, data }) => [dtype, ...data]),
      [
        ["float32", 9, 7],
        ["int32", 1, 3],
        ["int32", 2, 6],
      ],
    );
  }
});

test("the table has operators that are converted", () => {
  const converted = { ...TF_OPS, ...CONTROL, ...LISTS };
  assert.deepEqual(
    Object.keys(OUTPUTS).filter((op) => !(op in converted)),
    [],
  );
});
