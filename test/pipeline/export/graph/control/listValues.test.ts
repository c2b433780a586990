/** Lists whose items have open sizes, or that get longer: TensorFlow.js and ONNX Runtime give the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Conversion, convert } from "../../../../../pipeline/export/convert.ts";
import { assertAgree, type Feeds, runConverted, runOriginal } from "../compare.ts";
import { float, int, ints, Writer } from "../controlGraphs.ts";
import { attr, type Value } from "../graphs.ts";

/** Converts the graph and compares the result on each of the feeds. */
async function agree(w: Writer, edge: string, feeds: readonly Feeds[]): Promise<Conversion> {
  w.graph.output("y", edge);
  const conversion = convert(w.artifacts());
  for (const each of feeds) {
    const expected = await runOriginal(w.artifacts(), each, [edge]);
    assertAgree(conversion, await runConverted(conversion, each), expected, 1e-5);
  }
  return conversion;
}

const LIST = { element_dtype: attr.type("float32"), shape_type: attr.type("int32") };
const GROWS = { ...LIST, resize_if_index_out_of_bounds: attr.flag(true) };

const rows = (count: number): Value => ({
  shape: [count, 2],
  dtype: "float32",
  data: Array.from({ length: 2 * count }, (_, i) => Math.fround(Math.sin(i + 1))),
});

/** A loop of n iterations that writes to a list of `size` items of [batch, 2]; all items. */
function writing(
  w: Writer,
  size: string,
  write: (b: Writer, i: string, list: string, item: string) => string,
  n = w.graph.input("n", [], "int32"),
): string {
  const shape = w.constant(ints(-1, 2));
  const reserved = w.op("TensorListReserve", [shape, size], LIST);
  const [, , list] = w.loop(
    [w.constant(int(0)), w.graph.input("x", [-1, 2]), reserved],
    (c, [i]) => c.less(i!, n === "n" ? c.invariant(n) : int(3)),
    (b, [i, v, into]) => {
      const next = b.op("Tanh", [b.add(b.mul(v!, float(2)), float(1))]);
      return [b.add(i!, int(1)), next, write(b, i!, into!, next)];
    },
  );
  return w.op("TensorListStack", [list!, shape], { ...LIST, num_elements: attr.int(-1) });
}

const FEEDS = [1, 2, 4].map((n) => ({ n: int(n), x: rows(n === 2 ? 1 : 3) }));

// as Keras writes the last step of a recurrent layer
test("of a list of one item the last item that was written is carried", async () => {
  const w = new Writer();
  const last = writing(w, w.constant(int(1)), (b, _, list, item) =>
    b.op("TensorListSetItem", [list, b.constant(int(0)), item], LIST),
  );
  const { ops, outputs } = await agree(w, last, FEEDS);
  assert.deepEqual(outputs[0]?.shape, [1, "batch", 2]);
  assert.equal(ops.Loop, 1);
});

test("items of an open size are written backwards", async () => {
  const w = new Writer();
  const n = w.graph.input("n", [], "int32");
  const end = w.op("Sub", [n, w.constant(int(1))]);
  const all = writing(
    w,
    n,
    (b, i, list, item) => {
      const at = b.op("Sub", [b.invariant(end), i]);
      return b.op("TensorListSetItem", [list, at, item], LIST);
    },
    n,
  );
  await agree(w, all, FEEDS);
});

test("a list without a length grows, in a loop that is written in place too", async () => {
  for (const n of ["n", ""]) {
    const w = new Writer();
    if (n) w.graph.input("n", [], "int32");
    const empty = w.constant(int(0));
    const write = (b: Writer, i: string, list: string, item: string) =>
      b.op("TensorListSetItem", [list, i, item], GROWS);
    const all = writing(w, empty, write, n);
    await agree(w, all, n ? FEEDS : [{ x: rows(2) }]);
  }
});

test("a list without a length grows where a condition in a loop writes to it", async () => {
  const w = new Writer();
  const all = writing(w, w.constant(int(0)), (b, i, list, item) =>
    b.choose(
      b.less(b.constant(int(0)), i),
      [list, i, item],
      (_, [before]) => before!,
      (yes, [into, at, value]) => {
        const place = yes.op("Sub", [at!, yes.constant(int(1))]);
        return yes.op("TensorListSetItem", [into!, place, value!], GROWS);
      },
    ),
  );
  await agree(w, all, FEEDS.slice(1));
});

test("a list that has no items and does not grow is refused", () => {
  const w = new Writer();
  const all = writing(w, w.constant(int(0)), (b, i, list, item) =>
    b.op("TensorListSetItem", [list, b.add(i, int(2)), item], LIST),
  );
  w.graph.output("y", all);
  assert.throws(() => convert(w.artifacts()), /writes an item of a list that has none/);
});
