/** Inputs of graph models whose first axes are one batch size, or several. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convert } from "../../../../pipeline/export/convert.ts";
import { assertAgree, runConverted, runOriginal } from "./compare.ts";
import { float, int, Writer } from "./controlGraphs.ts";
import { attr, type Value } from "./graphs.ts";
import { data } from "./opCases.ts";

/** Rows of a, b and c, of three numbers each. */
type Rows = readonly [number, number, number];

interface Case {
  build(w: Writer): string;
  /** How many rows are fed. */
  rows: Rows;
  /** Names of the first axes of a, b and c. */
  batches: string;
}

const axis = (w: Writer, value: number) => w.constant(int(value));

const CASES: Record<string, Case> = {
  "a product of all rows with all rows": {
    build: (w) => w.op("MatMul", ["a", "b"], { transpose_b: attr.flag(true) }),
    rows: [2, 4, 1],
    batches: "batch b_0 c_0",
  },
  "rows behind rows": {
    build: (w) => w.op("ConcatV2", ["a", "b", axis(w, 0)], { N: attr.int(2) }),
    rows: [2, 4, 1],
    batches: "batch b_0 c_0",
  },
  "arithmetic on the numbers of rows": {
    build: (w) => w.op("Sub", [w.op("Shape", ["a"]), w.op("Shape", ["b"])]),
    rows: [2, 4, 1],
    batches: "batch b_0 c_0",
  },
  "a shape made of the other's": {
    build: (w) => w.op("Reshape", [w.op("AddV2", ["b", "c"]), w.op("Shape", ["a"])]),
    rows: [4, 4, 1],
    batches: "a_0 batch batch",
  },
  "sums and columns behind columns": {
    build: (w) => {
      const sum = w.op("AddV2", ["a", "b"]);
      return w.op("ConcatV2", [w.op("Neg", [sum]), "c", axis(w, 1)], { N: attr.int(2) });
    },
    rows: [3, 3, 3],
    batches: "batch batch batch",
  },
  "a sum in a branch": {
    build: (w) =>
      w.choose(
        w.less(w.op("Size", ["a"]), int(4)),
        ["b", "c"],
        (no, [b]) => no.mul(b!, float(2)),
        (yes, [b, c]) => yes.add(b!, c!),
      ),
    rows: [1, 3, 3],
    batches: "a_0 batch batch",
  },
};

function graphOf({ build }: Case): Writer {
  const w = new Writer();
  for (const name of ["a", "b", "c"]) w.graph.input(name, [-1, 3]);
  w.graph.output("y", build(w));
  return w;
}

const feedsOf = ({ rows }: Case): Record<string, Value> =>
  Object.fromEntries(
    ["a", "b", "c"].map((name, i) => [name, data([rows[i]!, 3], { seed: i })] as const),
  );

for (const [name, example] of Object.entries(CASES)) {
  test(`batch sizes: ${name}`, async () => {
    const w = graphOf(example);
    const feeds = feedsOf(example);
    const conversion = convert(w.artifacts());
    const first = conversion.inputs.map(({ shape }) => shape[0]);
    assert.equal(first.join(" "), example.batches);
    const expected = await runOriginal(w.artifacts(), feeds, [edgeOf(w)]);
    assertAgree(conversion, await runConverted(conversion, feeds), expected, 1e-6);
  });
}

const edgeOf = (w: Writer): string =>
  (w.artifacts().signature as { outputs: Record<string, { name: string }> }).outputs.y!.name;

test("names that are asked for stay", () => {
  const sum: Case = { ...CASES["sums and columns behind columns"]! };
  const apart: Case = { ...CASES["rows behind rows"]! };
  const named = (example: Case, inputs: Record<string, { shape: (string | number)[] }>) =>
    convert(graphOf(example).artifacts(), { inputs, batchName: "n" })
      .inputs.map(({ shape }) => shape[0])
      .join(" ");
  assert.equal(named(sum, {}), "n n n");
  assert.equal(named(apart, { b: { shape: ["n", 3] } }), "a_0 n c_0");
  assert.equal(named(sum, { b: { shape: ["n", 3] } }), "n n n");
  assert.equal(named(apart, { b: { shape: ["rows", 3] } }), "n rows c_0");
});
