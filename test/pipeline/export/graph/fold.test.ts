/** What is known at conversion is no node: constants, and sizes on their way through the graph. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convert } from "../../../../pipeline/export/convert.ts";
import { assertAgree, type Feeds, runConverted, runOriginal } from "./compare.ts";
import { attr, GraphWriter } from "./graphs.ts";
import { data, float, int, ints, weights } from "./opCases.ts";

async function agrees(graph: GraphWriter, feeds: Feeds, output: string) {
  const conversion = convert(graph.artifacts());
  const expected = await runOriginal(graph.artifacts(), feeds, [output]);
  assertAgree(conversion, await runConverted(conversion, feeds), expected, 1e-5);
  return conversion;
}

/** A graph of x, whose `sizes` are a vector of its shape. */
function shaped(...shape: number[]): GraphWriter {
  const graph = new GraphWriter();
  graph.input("x", shape);
  graph.node("Shape", "sizes", ["x"], { out_type: attr.type("int32") });
  return graph;
}

/** One of the sizes, as Keras takes it. */
function size(graph: GraphWriter, axis: number): string {
  const bounds = [axis, axis + 1, 1].map((at, i) => graph.constant(`size${axis}/${i}`, ints(at)));
  return graph.node("StridedSlice", `size${axis}`, ["sizes", ...bounds], {
    shrink_axis_mask: attr.int(1),
  });
}

test("operators on constants are constants", async () => {
  const graph = new GraphWriter();
  graph.input("x", [-1, 4]);
  graph.constant("w", weights([4, 3]));
  graph.node("Mul", "scaled", ["w", graph.constant("two", float(2))]);
  graph.node("Sqrt", "root", [graph.node("Square", "square", ["scaled"])]);
  graph.node("MatMul", "y", ["x", "root"]);
  graph.output("y", "y");
  const { ops } = await agrees(graph, { x: data([2, 4]) }, "y");
  assert.deepEqual(ops, { MatMul: 1 });
});

test("a reshape to a size of the input and a number needs no Shape", async () => {
  const graph = shaped(-1, 3, 4);
  const sizes = [size(graph, 0), graph.constant("rest", int(12))];
  graph.node("Pack", "target", sizes, { axis: attr.int(0), N: attr.int(2) });
  graph.node("Reshape", "y", ["x", "target"]);
  graph.output("y", "y");
  const { ops, outputs } = await agrees(graph, { x: data([5, 3, 4]) }, "y");
  assert.deepEqual(ops, { Reshape: 1 });
  assert.deepEqual(outputs[0]?.shape, ["batch", 12]);
});

test("sizes are followed through arithmetic where one of them is open", async () => {
  const graph = shaped(-1, 4, 5, 3);
  graph.node("Mul", "doubled", ["sizes", graph.constant("factors", ints(1, 2, 2, 1))]);
  graph.node("Sub", "less", ["doubled", graph.constant("one", ints(0, 1, 0, 0))]);
  const bounds = [ints(1), ints(3), ints(1)].map((v, i) => graph.constant(`bound${i}`, v));
  graph.node("StridedSlice", "target", ["less", ...bounds]);
  graph.node("ResizeNearestNeighbor", "y", ["x", "target"]);
  graph.output("y", "y");
  const { ops, outputs } = await agrees(graph, { x: data([2, 4, 5, 3]) }, "y");
  assert.equal(ops.StridedSlice ?? ops.Mul ?? ops.Sub, undefined);
  assert.deepEqual(outputs[0]?.shape, ["batch", 7, 10, 3]);
});

/** A transposed convolution of an image of open size, whose result has the sizes that `result` names. */
function transposed(padding: string, result: (graph: GraphWriter, axis: number) => string) {
  const graph = shaped(-1, -1, -1, 2);
  const sizes = [size(graph, 0), result(graph, 1), result(graph, 2)];
  sizes.push(graph.constant("channels", int(4)));
  graph.node("Pack", "target", sizes, { axis: attr.int(0), N: attr.int(4) });
  const kernel = graph.constant("kernel", weights([3, 3, 4, 2]));
  graph.node("Conv2DBackpropInput", "y", ["target", kernel, "x"], {
    strides: attr.ints(1, 2, 2, 1),
    dilations: attr.ints(1, 1, 1, 1),
    padding: attr.text(padding),
    // which the other paddings ignore
    explicit_paddings: attr.ints(0, 0, 1, 0, 0, 1, 0, 0),
  });
  graph.output("y", "y");
  return graph;
}

const times = (factor: number) => (graph: GraphWriter, axis: number) =>
  graph.node("Mul", `times${axis}`, [
    size(graph, axis),
    graph.constant(`factor${axis}`, int(factor)),
  ]);

const plus = (count: number) => (graph: GraphWriter, axis: number) =>
  graph.node("AddV2", `plus${axis}`, [
    times(2)(graph, axis),
    graph.constant(`count${axis}`, int(count)),
  ]);

test("a transposed convolution over an open size: what Keras computes is known, all else refused", async () => {
  const x = data([2, 3, 4, 2]);
  await agrees(transposed("SAME", times(2)), { x }, "y");
  await agrees(transposed("VALID", plus(1)), { x }, "y");
  await agrees(transposed("EXPLICIT", times(2)), { x }, "y");
  await agrees(transposed("EXPLICIT", plus(1)), { x }, "y");
  const refused = [
    transposed("SAME", plus(-1)),
    transposed("VALID", plus(2)),
    transposed("EXPLICIT", times(1)),
  ];
  for (const graph of refused)
    assert.throws(() => convert(graph.artifacts()), /does not follow from that of its input/);
});

test("a transposed convolution to a size that its input contradicts is refused", () => {
  const graph = new GraphWriter();
  graph.input("x", [1, 4, 4, 2]);
  const target = graph.constant("target", ints(1, 10, 9, 3));
  const kernel = graph.constant("kernel", weights([2, 1, 3, 2]));
  const attrs = { strides: attr.ints(1, 3, 2, 1), padding: attr.text("VALID") };
  graph.output("y", graph.node("Conv2DBackpropInput", "y", [target, kernel, "x"], attrs));
  assert.throws(() => convert(graph.artifacts()), /a size of 10, of which .* 3 and not the 4/);
});
