/** Loops, conditions and lists of graph models: TensorFlow.js and ONNX Runtime give the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Conversion,
  type ConvertOptions,
  convert,
} from "../../../../pipeline/export/convert.ts";
import { without } from "../../../needs/needs.ts";
import { checkWithPython } from "../parity.ts";
import { assertAgree, type Feeds, runConverted, runOriginal } from "./compare.ts";
import { float, int, ints, loopWithBranch, Writer } from "./controlGraphs.ts";
import { attr, type Value } from "./graphs.ts";

const graphs = new Map<string, Uint8Array>();

/** Converts the graph and compares the given edges on each of the feeds. */
async function agree(
  name: string,
  w: Writer,
  edges: readonly string[],
  feeds: readonly Feeds[],
  options: ConvertOptions & { tolerance?: number } = {},
): Promise<Conversion> {
  for (const [i, edge] of edges.entries()) w.graph.output(`out_${i}`, edge);
  const { tolerance = 1e-5, ...converting } = options;
  const conversion = convert(w.artifacts(), converting);
  for (const each of feeds) {
    const expected = await runOriginal(w.artifacts(), each, edges);
    assertAgree(conversion, await runConverted(conversion, each), expected, tolerance);
  }
  graphs.set(`${name}_${options.dtype ?? "fp32"}`, conversion.onnx);
  return conversion;
}

const vector = (...data: number[]): Value => ({ shape: [data.length], dtype: "float32", data });
const matrix = (rows: number, columns: number, seed = 0): Value => ({
  shape: [rows, columns],
  dtype: "float32",
  data: Array.from({ length: rows * columns }, (_, i) => 0.2 * Math.sin(7 * i + seed)),
});
const bool = (value: boolean): Value => ({ shape: [], dtype: "bool", data: [value ? 1 : 0] });

/** x = tanh(2 x + 1), `n` times. */
function counted(w: Writer, n: string, x: string): string {
  const [, result] = w.loop(
    [w.constant(int(0)), x],
    (c, [i]) => c.less(i!, c.invariant(n)),
    (b, [i, v]) => [b.add(i!, int(1)), b.op("Tanh", [b.add(b.mul(v!, float(2)), float(1))])],
  );
  return result!;
}

test("a loop of a computed number of iterations is a Loop", async () => {
  const w = new Writer();
  const result = counted(w, w.graph.input("n", [], "int32"), w.graph.input("x", [3]));
  const feeds = [0, 1, 4].map((n) => ({ n: int(n), x: vector(1, -2, 3) }));
  const { ops } = await agree("counted", w, [result], feeds);
  assert.equal(ops.Loop, 1);
});

test("a short loop of a known number of iterations is written in place", async () => {
  const of = async (n: number) => {
    const w = new Writer();
    const result = counted(w, w.constant(int(n)), w.graph.input("x", [3]));
    return (await agree(`known_${n}`, w, [result], [{ x: vector(1, -2, 0.5) }])).ops;
  };
  assert.deepEqual(await of(3), { Mul: 3, Add: 3, Tanh: 3 });
  assert.equal((await of(60)).Loop, 1);
});

test("a condition may depend on data", async () => {
  const w = new Writer();
  const x = w.graph.input("x", [-1]);
  const [result] = w.loop(
    [x],
    (c, [v]) => c.less(c.op("Sum", [v!, c.constant(ints(0))]), float(100)),
    (b, [v]) => [b.mul(v!, float(3))],
  );
  await agree("condition", w, [result!], [{ x: vector(1, 2) }, { x: vector(200, 1, 1) }]);
});

test("what a loop carries may grow", async () => {
  const w = new Writer();
  const n = w.graph.input("n", [], "int32");
  const [, result] = w.loop(
    [w.constant(int(0)), w.graph.input("x", [2])],
    (c, [i]) => c.less(i!, c.invariant(n)),
    (b, [i, v]) => {
      const last = b.op("Slice", [v!, b.constant(ints(0)), b.constant(ints(1))]);
      const axis = b.constant(int(0));
      return [b.add(i!, int(1)), b.op("ConcatV2", [v!, b.mul(last, float(2)), axis])];
    },
  );
  const feeds = [0, 3].map((n) => ({ n: int(n), x: vector(1, 2) }));
  const { outputs } = await agree("growing", w, [result!], feeds);
  assert.deepEqual(outputs[0]?.shape, [null]);
});

// TensorFlow.js does not come back from a frame in a frame, so that the numbers are computed here
test("a loop in a loop reads values of both", async () => {
  const w = new Writer();
  const [n, x] = [w.graph.input("n", [], "int32"), w.graph.input("x", [2])];
  const [, result] = w.loop(
    [w.constant(int(0)), x],
    (c, [i]) => c.less(i!, c.invariant(n)),
    (b, [i, v]) => {
      const outer = b.invariant(x);
      const [, sum] = b.loop(
        [b.constant(int(0)), v!],
        (c, [j]) => c.less(j!, c.invariant(i!)),
        (inner, [j, s]) => [inner.add(j!, int(1)), inner.add(s!, inner.invariant(outer))],
      );
      return [b.add(i!, int(1)), b.mul(sum!, float(0.5))];
    },
  );
  w.graph.output("y", result!);
  const conversion = convert(w.artifacts());
  graphs.set("nested", conversion.onnx);
  for (const n of [0, 1, 4]) {
    const start = [1, -3];
    let expected = start;
    for (let i = 0; i < n; i++) expected = expected.map((v, k) => (v + i * start[k]!) / 2);
    const [got] = await runConverted(conversion, { n: int(n), x: vector(...start) });
    assert.deepEqual(got?.data, expected);
  }
});

const ELEMENT = { dtype: attr.type("float32"), element_shape: { shape: { unknownRank: true } } };

/** map_fn: row i of the result is `each` of row i of x, by TensorArrays. */
function mapRows(w: Writer, x: string, each: (b: Writer, row: string) => string): string {
  const size = w.op(
    "StridedSlice",
    [w.op("Shape", [x]), ...[0, 1, 1].map((v) => w.constant(ints(v)))],
    { shrink_axis_mask: attr.int(1) },
  );
  const range = w.op("Range", [w.constant(int(0)), size, w.constant(int(1))]);
  const [rows, results] = [0, 1].map(() => w.op("TensorArrayV3", [size], ELEMENT));
  const filled = w.op("TensorArrayScatterV3", [rows!, range, x, `${rows}:1`], {
    T: attr.type("float32"),
  });
  const [, flow] = w.loop(
    [w.constant(int(0)), `${results}:1`],
    (c, [i]) => c.less(i!, c.invariant(size)),
    (b, [i, into]) => {
      const inputs = [b.invariant(rows!), i!, b.invariant(filled)];
      const row = b.op("TensorArrayReadV3", inputs, { dtype: attr.type("float32") });
      const write = [b.invariant(results!), i!, each(b, row), into!];
      return [b.add(i!, int(1)), b.op("TensorArrayWriteV3", write, { T: attr.type("float32") })];
    },
  );
  const count = w.op("TensorArraySizeV3", [results!, flow!]);
  const all = w.op("Range", [w.constant(int(0)), count, w.constant(int(1))]);
  return w.op("TensorArrayGatherV3", [results!, all, flow!], ELEMENT);
}

test("map_fn over the batch has its results as a scan output", async () => {
  const w = new Writer();
  const x = w.graph.input("x", [-1, -1]);
  const result = mapRows(w, x, (b, row) => b.mul(row, row));
  const feeds = [matrix(3, 2), matrix(1, 4)].map((x) => ({ x }));
  const { ops, outputs } = await agree("map", w, [result], feeds);
  assert.equal(ops.Loop, 1);
  assert.deepEqual(outputs[0]?.shape, ["batch", "x_1"]);
});

test("map_fn over a batch of one has no loop", async () => {
  const w = new Writer();
  const result = mapRows(w, w.graph.input("x", [1, 3]), (b, row) => b.mul(row, row));
  const { ops } = await agree("map_one", w, [result], [{ x: matrix(1, 3) }]);
  assert.equal(ops.Loop, undefined);
});

const LIST = { element_dtype: attr.type("float32"), shape_type: attr.type("int32") };

test("a list that is written backwards is carried as a tensor", async () => {
  const w = new Writer();
  const x = w.graph.input("x", [-1, 2]);
  const n = w.graph.input("n", [], "int32");
  const shape = w.constant(ints(2));
  const rows = w.op("TensorListFromTensor", [x, shape], LIST);
  const reserved = w.op("TensorListReserve", [w.constant(ints(-1)), n], LIST);
  const last = w.op("Sub", [n, w.constant(int(1))]);
  const [, , list] = w.loop(
    [w.constant(int(0)), rows, reserved],
    (c, [i]) => c.less(i!, c.invariant(n)),
    (b, [i, from, into]) => {
      const at = b.op("Sub", [b.invariant(last), i!]);
      const row = b.op("TensorListGetItem", [from!, at, b.constant(ints(2))], LIST);
      const set = b.op("TensorListSetItem", [into!, at, b.add(row, float(1))], LIST);
      return [b.add(i!, int(1)), from!, set];
    },
  );
  const result = w.op("TensorListStack", [list!, shape], {
    ...LIST,
    num_elements: attr.int(-1),
  });
  const feeds = [1, 4].map((n) => ({ n: int(n), x: matrix(n, 2) }));
  await agree("backwards", w, [result], feeds);
});

test("a list whose items are written again is carried as a tensor", async () => {
  const w = new Writer();
  const [x, n] = [w.graph.input("x", [2]), w.graph.input("n", [], "int32")];
  const reserved = w.op("TensorListReserve", [w.constant(ints(2)), w.constant(int(2))], LIST);
  const [, , , list] = w.loop(
    [w.constant(int(0)), w.constant(int(0)), x, reserved],
    (c, [i]) => c.less(i!, c.invariant(n)),
    (b, [i, at, v, into]) => [
      b.add(i!, int(1)),
      b.op("Maximum", [at!, b.constant(int(1))]),
      b.mul(v!, float(2)),
      b.op("TensorListSetItem", [into!, at!, v!], LIST),
    ],
  );
  const type = { ...LIST, num_elements: attr.int(2) };
  const result = w.op("TensorListStack", [list!, w.constant(ints(2))], type);
  const feeds = [2, 4].map((n) => ({ n: int(n), x: vector(1, 2) }));
  await agree("again", w, [result], feeds);
});

test("items that a loop puts behind the last one are a scan output", async () => {
  const w = new Writer();
  const [x, n] = [w.graph.input("x", [-1]), w.graph.input("n", [], "int32")];
  const empty = w.op("EmptyTensorList", [w.constant(ints(-1)), w.constant(int(-1))], LIST);
  const [, , list] = w.loop(
    [w.constant(int(0)), x, empty],
    (c, [i]) => c.less(i!, c.invariant(n)),
    (b, [i, v, into]) => [
      b.add(i!, int(1)),
      b.mul(v!, float(2)),
      b.op("TensorListPushBack", [into!, v!], LIST),
    ],
  );
  const result = w.op("TensorListStack", [list!, w.constant(ints(-1))], {
    ...LIST,
    num_elements: attr.int(-1),
  });
  const length = w.op("TensorListLength", [list!]);
  const feeds = [1, 5].map((n) => ({ n: int(n), x: vector(1, 2, 3) }));
  await agree("pushed", w, [result, length], feeds);
});

test("lists without a loop", async () => {
  const w = new Writer();
  const [x, shape] = [w.graph.input("x", [4, 2]), w.constant(ints(2))];
  const rows = w.op("TensorListFromTensor", [x, shape], LIST);
  const some = w.op("TensorListGather", [rows, w.constant(ints(3, 1)), shape], LIST);
  const last = w.op("TensorListGetItem", [rows, w.constant(int(3)), shape], LIST);
  const joined = w.op("TensorListConcatV2", [rows, shape, w.constant(ints())], {
    ...LIST,
    element_shape: attr.shape([2]),
  });
  const places = [w.constant(ints(2, 0, 3, 1)), shape, w.constant(int(4))];
  const scattered = w.op("TensorListScatterV2", [x, ...places], LIST);
  const order = w.op("TensorListStack", [scattered, shape], { ...LIST, num_elements: attr.int(4) });
  const length = w.op("TensorListLength", [rows]);
  const cut = w.op("TensorListResize", [rows, w.constant(int(3))]);
  const rest = w.op("TensorListStack", [cut, shape], { ...LIST, num_elements: attr.int(3) });
  const edges = [some, last, joined, order, length, rest];
  await agree("lists", w, edges, [{ x: matrix(4, 2) }]);
});

test("a TensorArray is split and joined", async () => {
  const w = new Writer();
  const x = w.graph.input("x", [4, 2]);
  const type = { T: attr.type("float32"), dtype: attr.type("float32") };
  const shape = { element_shape: attr.shape([2, 2]), element_shape_except0: attr.shape([2]) };
  const array = w.op("TensorArrayV3", [w.constant(int(2))], { ...type, ...shape });
  const lengths = w.constant(ints(2, 2));
  const split = w.op("TensorArraySplitV3", [array, x, lengths, `${array}:1`], type);
  const second = w.op("TensorArrayReadV3", [array, w.constant(int(1)), split], type);
  const joined = w.op("TensorArrayConcatV3", [array, split], { ...type, ...shape });
  await agree("array", w, [joined, second], [{ x: matrix(4, 2) }]);
});

test("parts of a list by the definition of TensorFlow, from which TensorFlow.js departs", async () => {
  const w = new Writer();
  const x = w.graph.input("x", [4, 2]);
  const shape = w.constant(ints(-1, 2));
  const parts = w.op("TensorListSplit", [x, shape, w.constant(ints(1, 3))], LIST);
  const popped = w.op("TensorListPopBack", [parts, shape], LIST);
  const left = w.op("TensorListConcatV2", [popped, shape, w.constant(ints())], LIST);
  for (const [i, edge] of [`${popped}:1`, left, `${left}:1`].entries())
    w.graph.output(`y${i}`, edge);
  const value = matrix(4, 2);
  const got = await runConverted(convert(w.artifacts()), { x: value });
  const rows = (from: number, to: number) => value.data.slice(2 * from, 2 * to).map(Math.fround);
  assert.deepEqual(
    got.map(({ shape, data }) => ({ shape, data })),
    [
      { shape: [3, 2], data: rows(1, 4) },
      { shape: [1, 2], data: rows(0, 1) },
      { shape: [1], data: [1] },
    ],
  );
});

test("branches that compute become an If, others a Where", async () => {
  const computed = new Writer();
  const [p, x] = [computed.graph.input("p", [], "bool"), computed.graph.input("x", [3])];
  const both = [true, false].map((value) => ({ p: bool(value), x: vector(1, -2, 3) }));
  const merged = computed.choose(
    p,
    [x],
    (w, [v]) => w.add(v!, float(1)),
    (w, [v]) => w.mul(v!, float(10)),
  );
  const { ops } = await agree("if", computed, [merged], both);
  assert.deepEqual(ops, { If: 1 });

  const plain = new Writer();
  const [q, y] = [plain.graph.input("p", [], "bool"), plain.graph.input("x", [3])];
  const chosen = plain.choose(
    q,
    [y, plain.mul(y, float(2))],
    (_, [v]) => v!,
    (_, [, v]) => v!,
  );
  assert.deepEqual((await agree("where", plain, [chosen], both)).ops, { Mul: 1, Where: 1 });

  // onnxruntime's Where takes no bools
  const bools = new Writer();
  const [c, z] = [bools.graph.input("p", [], "bool"), bools.graph.input("x", [3])];
  const either = bools.choose(
    c,
    [bools.less(z, float(0)), bools.less(z, float(2))],
    (_, [v]) => v!,
    (_, [, v]) => v!,
  );
  await agree("where_bool", bools, [either], both);
});

test("a predicate that is known leaves one branch", async () => {
  const w = new Writer();
  const x = w.graph.input("x", [3]);
  const merged = w.choose(
    w.constant(bool(false)),
    [x],
    (inner, [v]) => inner.add(v!, float(1)),
    (inner, [v]) => inner.op("Acosh", [inner.mul(v!, float(10))]),
  );
  assert.deepEqual((await agree("known", w, [merged], [{ x: vector(1, 2, 3) }])).ops, { Add: 1 });
});

test("branches of different sizes, and a condition in a branch", async () => {
  const w = new Writer();
  const x = w.graph.input("x", [4]);
  const [p, q] = [w.graph.input("p", [], "bool"), w.graph.input("q", [], "bool")];
  const merged = w.choose(
    p,
    [x, q],
    (no, [v]) => no.op("Slice", [v!, no.constant(ints(1)), no.constant(ints(2))]),
    (yes, [v, inner]) =>
      yes.choose(
        inner!,
        [v!],
        (w, [u]) => w.mul(u!, float(3)),
        (w, [u]) => w.add(u!, float(5)),
      ),
  );
  const values = [true, false];
  const feeds = values.flatMap((p) =>
    values.map((q) => ({ x: vector(1, 2, 3, 4), p: bool(p), q: bool(q) })),
  );
  const { outputs } = await agree("sizes", w, [w.add(merged, float(1))], feeds);
  assert.deepEqual(outputs[0]?.shape, [null]);
});

test("Merges of one predicate share an If where none depends on another", async () => {
  const w = new Writer();
  const [p, x] = [w.graph.input("p", [], "bool"), w.graph.input("x", [3])];
  const no =
    (name: string) =>
    (inner: Writer, [v]: readonly string[]) =>
      inner.op(name, [v!]);
  const first = w.choose(p, [x], no("Neg"), no("Exp"));
  const second = w.choose(p, [w.mul(x, x)], no("Tanh"), no("Square"));
  const third = w.choose(p, [w.add(first, second)], no("Sin"), no("Cos"));
  w.choose(p, [x], no("Unknown"), no("Neg")); // no output depends on it
  const feeds = [true, false].map((p) => ({ p: bool(p), x: vector(1, -2, 0.5) }));
  const { ops } = await agree("shared", w, [first, second, third], feeds);
  assert.equal(ops.If, 2);
});

test("a condition in a loop", async () => {
  const w = new Writer();
  const feeds = [1, 3, 4].map((n) => ({ n: int(n), x: vector(1, 2) }));
  await agree("if_in_loop", w, [loopWithBranch(w)], feeds);
});

/** The same loop as `counted`, with functions. */
function called(w: Writer, op: string): string {
  const [n, x] = [w.graph.input("n", [], "int32"), w.graph.input("x", [3])];
  const args = [
    { name: "i", dtype: "int32" },
    { name: "limit", dtype: "int32" },
    { name: "v", dtype: "float32" },
  ] as const;
  const cond = w.define("cond", args, (f, [i, limit]) => [f.less(i!, limit!)]);
  const body = w.define("body", args, (f, [i, limit, v]) => [
    f.add(i!, int(1)),
    f.op("Identity", [limit!]),
    f.op("Tanh", [f.add(f.mul(v!, float(2)), float(1))]),
  ]);
  return w.op(op, [w.constant(int(0)), n, x], { cond, body });
}

for (const op of ["StatelessWhile", "While"]) {
  test(`${op} calls functions of the library`, async () => {
    const w = new Writer();
    const loop = called(w, op);
    const feeds = [0, 3].map((n) => ({ n: int(n), x: vector(1, -2, 3) }));
    const { ops } = await agree(op, w, [`${loop}:2`], feeds);
    assert.equal(ops.Loop, 1);
  });
}

for (const op of ["StatelessIf", "If"]) {
  test(`${op} calls functions of the library`, async () => {
    const w = new Writer();
    const [p, x] = [w.graph.input("p", [], "bool"), w.graph.input("x", [3])];
    const args = [{ name: "v", dtype: "float32" }] as const;
    const yes = w.define("yes", args, (f, [v]) => [f.add(v!, float(1)), f.op("Neg", [v!])]);
    const no = w.define("no", args, (f, [v]) => [f.mul(v!, float(3)), f.op("Identity", [v!])]);
    const node = w.op(op, [p, x], { then_branch: yes, else_branch: no });
    const feeds = [true, false].map((p) => ({ p: bool(p), x: vector(1, -2, 3) }));
    const { ops } = await agree(op, w, [node, `${node}:1`], feeds);
    assert.deepEqual(ops, { If: 1 });
  });
}

test("loops and branches compute in float32 in every precision", async () => {
  for (const dtype of ["fp16", "fp16-weights", "q8"] as const) {
    const w = new Writer();
    const [n, x, p] = [
      w.graph.input("n", [], "int32"),
      w.graph.input("x", [2, 40]),
      w.graph.input("p", [], "bool"),
    ];
    const weights = w.constant(matrix(40, 40));
    const before = w.op("Tanh", [w.op("MatMul", [x, weights])]);
    const scale = w.op("Sigmoid", [before]);
    const [, looped] = w.loop(
      [w.constant(int(0)), before],
      (c, [i]) => c.less(i!, c.invariant(n)),
      (b, [i, v]) => {
        const product = b.op("MatMul", [v!, b.invariant(weights)]);
        return [b.add(i!, int(1)), b.op("Tanh", [b.mul(product, b.invariant(scale))])];
      },
    );
    const merged = w.choose(
      p,
      [looped!],
      (w, [v]) => w.mul(v!, before),
      (w, [v]) => w.add(v!, float(1)),
    );
    const result = w.op("Relu", [w.op("MatMul", [merged, weights])]);
    const feeds = [true, false].map((p) => ({ p: bool(p), n: int(2), x: matrix(2, 40, 1) }));
    await agree("precision", w, [result, looped!], feeds, { dtype, tolerance: 0.03 });
  }
});

test("what cannot be converted in a loop is named, and the loop's inputs are offered as outputs", () => {
  const w = new Writer();
  const before = w.mul(w.graph.input("x", [2]), float(2));
  const n = w.graph.input("n", [], "int32");
  const [, result] = w.loop(
    [w.constant(int(0)), before],
    (c, [i]) => c.less(i!, c.invariant(n)),
    (b, [i, v]) => [b.add(i!, int(1)), b.op("Bincount", [v!])],
  );
  w.graph.output("y", result!);
  assert.throws(
    () => convert(w.artifacts()),
    (error: Error) => {
      assert.match(
        error.message,
        /while_\d+\/Bincount_\d+: \(Bincount\) the operator is not supported/,
      );
      assert.ok(error.message.includes(`--outputs "${before}"`), error.message);
      return true;
    },
  );
  convert(w.artifacts(), { cut: { outputs: [before] } });
});

test("what a loop does not carry in one form is refused", () => {
  const refused = (build: (w: Writer) => string, message: RegExp) => {
    const w = new Writer();
    w.graph.output("y", build(w));
    assert.throws(() => convert(w.artifacts()), message);
  };
  refused((w) => {
    const n = w.graph.input("n", [], "int32");
    const [, result] = w.loop(
      [w.constant(int(0)), w.graph.input("x", [2])],
      (c, [i]) => c.less(i!, c.invariant(n)),
      (b, [i, v]) => [b.add(i!, int(1)), b.op("ExpandDims", [v!, b.constant(int(0))])],
    );
    return result!;
  }, /\(Exit\) a variable of the loop has 1 axes in one iteration and 2 in the next/);
  refused((w) => w.op("Merge", [w.graph.input("x", [2]), w.graph.input("y", [2])]), /one Switch/);
  refused(
    (w) => w.op("StatelessWhile", [w.graph.input("x", [2])], { cond: { func: { name: "none" } } }),
    /the library has no function "none" \(cond\)/,
  );
  refused(
    (w) => w.op("EmptyTensorList", [w.constant(ints(2)), w.constant(int(3))], LIST),
    /is a list of tensors/,
  );
});

test("onnx.checker accepts every graph", {
  skip: without("onnxChecker"),
}, () => {
  assert.ok(graphs.size > 0);
  checkWithPython(graphs);
});
