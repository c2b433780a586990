/** What surrounds the operators: encodings of attributes, signatures, cuts, refusals, stored weights. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ConvertOptions,
  convert,
  type LayersArtifacts,
} from "../../../../pipeline/export/convert.ts";
import { assertAgree, type Feeds, runConverted, runOriginal } from "./compare.ts";
import { attr, GraphWriter, type NodeJson, type Value } from "./graphs.ts";
import { data, weights } from "./opCases.ts";

/** image -> conv -> pool -> relu, with weights for what `image` has. */
function convolution(): GraphWriter {
  const graph = new GraphWriter();
  graph.input("image", [-1, 6, 6, 2]);
  graph.constant("kernel", weights([3, 3, 2, 4]));
  graph.node("Conv2D", "block/conv", ["image", "kernel"], {
    strides: attr.ints(1, 2, 2, 1),
    dilations: attr.ints(1, 1, 1, 1),
    padding: attr.text("SAME"),
    data_format: attr.text("NHWC"),
    T: attr.type("float32"),
  });
  graph.node("MaxPool", "block/pool", ["block/conv"], {
    ksize: attr.ints(1, 2, 2, 1),
    strides: attr.ints(1, 1, 1, 1),
    padding: attr.text("VALID"),
  });
  graph.node("LeakyRelu", "block/relu", ["block/pool"], { alpha: attr.float(0.3) });
  graph.output("y", "block/relu");
  return graph;
}

const IMAGE: Feeds = { image: data([2, 6, 6, 2]) };

/** Artifacts that a test may write into. */
interface Draft {
  modelTopology: { node: NodeJson[] };
  signature: { inputs: object; outputs: object };
}

/** As `change` makes of a copy of the artifacts. */
function changed(artifacts: LayersArtifacts, change: (draft: Draft) => void): LayersArtifacts {
  const copy = { ...artifacts, modelTopology: structuredClone(artifacts.modelTopology) };
  change(copy as unknown as Draft);
  return copy;
}

const namesOf = ({ inputs, outputs }: ReturnType<typeof convert>) => ({
  inputs: inputs.map(({ name }) => name),
  outputs: outputs.map(({ name }) => name),
});

async function agrees(
  artifacts: LayersArtifacts,
  feeds: Feeds,
  edges: string[],
  options: ConvertOptions = {},
) {
  const conversion = convert(artifacts, options);
  const expected = await runOriginal(artifacts, feeds, edges);
  assertAgree(conversion, await runConverted(conversion, feeds), expected, 1e-5);
  return conversion;
}

interface OldAttr {
  s?: string | number[];
  list?: { i?: (string | number)[] };
  type?: string | number;
  shape?: { dim: { size: string | number }[] };
}

test("attributes as numbers and bytes, as old converters wrote them, give the same file", async () => {
  const artifacts = convolution().artifacts();
  const old = changed(artifacts, ({ modelTopology }) => {
    for (const { attr: attrs } of modelTopology.node) {
      for (const value of Object.values(attrs) as OldAttr[]) {
        if (value.s) value.s = [...Buffer.from(value.s as string, "base64")];
        if (value.list?.i) value.list.i = value.list.i.map(Number);
        if (value.type === "DT_FLOAT") value.type = 1;
        for (const dim of value.shape?.dim ?? []) dim.size = Number(dim.size);
      }
    }
  });
  assert.notDeepEqual(old.modelTopology, artifacts.modelTopology);
  assert.deepEqual(convert(old).onnx, convert(artifacts).onnx);
  await agrees(artifacts, IMAGE, ["block/relu"]);
});

test("a signature may lie in userDefinedMetadata, or be missing", () => {
  const artifacts = convolution().artifacts();
  const names = { inputs: ["image"], outputs: ["y"] };
  assert.deepEqual(namesOf(convert(artifacts)), names);
  const { signature, ...bare } = artifacts;
  const older = { ...bare, userDefinedMetadata: { signature: signature as object } };
  assert.deepEqual(convert(older).onnx, convert(artifacts).onnx);
  // placeholders, and nodes that nobody reads
  assert.deepEqual(namesOf(convert(bare)), { inputs: ["image"], outputs: ["block/relu"] });
});

test("names of a signature lose the :0 at their end, and a node's second output is found", async () => {
  const graph = new GraphWriter();
  graph.input("x", [-1, 5]);
  graph.node("TopKV2", "top", ["x", graph.constant("k", { shape: [], dtype: "int32", data: [2] })]);
  graph.output("indices", "top:1");
  graph.output("values:0", "top:0");
  const conversion = await agrees(graph.artifacts(), { x: data([2, 5]) }, ["top:1", "top"]);
  assert.deepEqual(namesOf(conversion).outputs, ["indices", "values"]);
  assert.deepEqual(
    conversion.outputs.map(({ dtype }) => dtype),
    ["int32", "float32"],
  );
});

test("a signature with a node that is not there is refused", () => {
  const artifacts = changed(convolution().artifacts(), (copy) => {
    copy.signature = { ...copy.signature, outputs: { y: { name: "block/tanh:0" } } };
  });
  assert.throws(() => convert(artifacts), {
    issues: [
      {
        path: "signature.y",
        message: 'names the node "block/tanh", which the graph does not have',
      },
    ],
  });
});

test("an input of unknown rank needs its shape, and takes it", async () => {
  const artifacts = changed(convolution().artifacts(), (copy) => {
    const open = { unknownRank: true };
    copy.signature = {
      ...copy.signature,
      inputs: { image: { name: "image:0", dtype: "DT_FLOAT", tensorShape: open } },
    };
    for (const node of copy.modelTopology.node)
      if (node.name === "image") node.attr.shape = { shape: open };
  });
  assert.throws(() => convert(artifacts), /image: .* give its shape, as in --input-shape "image=/);
  const inputs = { image: { shape: ["n", 6, 6, 2] } };
  const conversion = await agrees(artifacts, IMAGE, ["block/relu"], { inputs });
  assert.deepEqual(conversion.inputs[0]?.shape, ["n", 6, 6, 2]);
});

test("shapes and types that are asked for: checked against the model, cast in the graph", async () => {
  const artifacts = convolution().artifacts();
  const ask = (shape: (number | string)[]) => () =>
    convert(artifacts, { inputs: { image: { shape } } });
  assert.throws(ask([1, 6, 6]), /has rank 3; the model's input has rank 4/);
  assert.throws(ask([1, 6, 6, 3]), /contradicts the model's/);
  const asBytes = { inputs: { image: { dtype: "uint8" as const, shape: [2, 6, 6, 2] } } };
  const conversion = convert(artifacts, asBytes);
  assert.equal(conversion.inputs[0]?.dtype, "uint8");
  assert.deepEqual(conversion.inputs[0]?.shape, [2, 6, 6, 2]);
});

test("cut: inner tensors become inputs and outputs, under their own names", async () => {
  const artifacts = convolution().artifacts();
  const outputs = await agrees(artifacts, IMAGE, ["block/conv", "block/relu"], {
    cut: { outputs: ["block/conv:0", "block/relu"] },
  });
  assert.deepEqual(namesOf(outputs), { inputs: ["image"], outputs: ["block/conv", "block/relu"] });

  const inner: Feeds = { "block/conv": data([2, 3, 3, 4]) };
  const cut = { inputs: ["block/conv"] };
  assert.throws(() => convert(artifacts, { cut }), /block\/conv: .* give its shape/);
  const inputs = { "block/conv": { shape: ["batch", 3, 3, 4] } };
  const conversion = await agrees(artifacts, inner, ["block/relu"], { cut, inputs });
  assert.deepEqual(namesOf(conversion), { inputs: ["block/conv"], outputs: ["y"] });
});

test("a cut at a node that is not there names the nearest; a layers model has no cut", () => {
  const artifacts = convolution().artifacts();
  assert.throws(
    () => convert(artifacts, { cut: { outputs: ["block/cov"] } }),
    /"block\/cov": the graph has no such node; the nearest name is "block\/conv"/,
  );
  const layers = { modelTopology: { class_name: "Sequential", config: [] } };
  assert.throws(
    () => convert({ ...layers, weightSpecs: [], weightData: new ArrayBuffer(0) }, { cut: {} }),
    /only graph models can be cut/,
  );
});

test("a refusal names the operator and a cut that works", async () => {
  const graph = convolution();
  graph.node("FFT", "block/fft", ["block/pool"]);
  graph.node("Neg", "behind", ["block/fft"]);
  graph.output("z", "behind");
  const artifacts = graph.artifacts();
  let message = "";
  assert.throws(
    () => convert(artifacts),
    (error: Error) => {
      message = error.message;
      return true;
    },
  );
  assert.match(message, /block\/fft: \(FFT\) the operator is not supported/);
  assert.doesNotMatch(message, /behind/);
  const [, named] = /cut the graph with --outputs "([^"]+)"/.exec(message) ?? [];
  const outputs = (named as string).split(",");
  assert.deepEqual(outputs, ["block/pool"]);
  await agrees(artifacts, IMAGE, outputs, { cut: { outputs } });
});

test("order of nodes, control inputs and nodes that nobody needs do not matter", async () => {
  const graph = convolution();
  graph.node("Placeholder", "unused", [], { dtype: attr.type("float32") });
  graph.node("FFT", "elsewhere", ["unused"]);
  graph.node("NoOp", "init", []);
  const artifacts = changed(graph.artifacts(), ({ modelTopology }) => {
    modelTopology.node.reverse();
    for (const node of modelTopology.node) if (node.name === "block/relu") node.input.push("^init");
  });
  const conversion = await agrees(artifacts, IMAGE, ["block/relu"]);
  assert.deepEqual(conversion.ops, convert(convolution().artifacts()).ops);
});

test("a cycle, a missing node and two of one name are errors that name the place", () => {
  const broken = (change: (nodes: NodeJson[]) => void) => () =>
    convert(changed(convolution().artifacts(), ({ modelTopology }) => change(modelTopology.node)));
  const node = (nodes: NodeJson[], name: string) => nodes.find((n) => n.name === name)!;
  assert.throws(
    broken((nodes) => (node(nodes, "block/pool").input = ["absent"])),
    /absent: is read, but the graph has no such node/,
  );
  assert.throws(
    broken((nodes) => (node(nodes, "block/pool").input = ["block/relu"])),
    /reads output 0 of "block\/relu", which it does not have/,
  );
  assert.throws(
    broken((nodes) => (node(nodes, "kernel").name = "image")),
    /image: two nodes have this name/,
  );
});

test("weights stored as float16, uint8 and uint16, and texts between them", async () => {
  const graph = new GraphWriter();
  const x = graph.input("x", [-1, 4]);
  const value: Value = { shape: [4], dtype: "float32", data: [0, 0.5, 1, 1.5] };
  for (const name of ["halves", "bytes", "shorts", "whole"]) graph.constant(name, value);
  const names = ["halves", "bytes", "shorts", "whole"];
  names.reduce((sum, name, i) => graph.node("AddV2", `sum${i}`, [sum, name]), x);
  graph.output("y", "sum3");
  const plain = graph.artifacts();
  const text = Buffer.from("cat");
  const stored = {
    ...plain,
    weightSpecs: [
      { name: "halves", shape: [4], dtype: "float32", quantization: { dtype: "float16" } },
      { name: "labels", shape: [2], dtype: "string" },
      {
        name: "bytes",
        shape: [4],
        dtype: "float32",
        quantization: { dtype: "uint8", scale: 0.5, min: 0 },
      },
      {
        name: "shorts",
        shape: [4],
        dtype: "float32",
        quantization: { dtype: "uint16", scale: 0.25, min: -1 },
      },
      { name: "whole", shape: [4], dtype: "float32" },
    ],
    weightData: [
      Uint16Array.of(0, 0x3800, 0x3c00, 0x3e00),
      Uint8Array.of(3, 0, 0, 0, ...text, 3, 0, 0, 0, ...text),
      Uint8Array.of(0, 1, 2, 3),
      Uint16Array.of(4, 6, 8, 10),
      Float32Array.of(...value.data),
    ],
  };
  assert.deepEqual(convert(stored).onnx, convert(plain).onnx);
  await agrees(plain, { x: data([3, 4]) }, ["sum3"]);
});

test("a constant of text that is read is refused", () => {
  const graph = new GraphWriter();
  graph.input("x", [2]);
  graph.node("Const", "labels", [], { dtype: { type: "DT_STRING" } });
  graph.node("GatherV2", "y", ["labels", "x"]);
  graph.output("y", "y");
  const artifacts = {
    ...graph.artifacts(),
    weightSpecs: [{ name: "labels", shape: [1], dtype: "string" }],
    weightData: Uint8Array.of(1, 0, 0, 0, 65),
  };
  assert.throws(
    () => convert(artifacts),
    /labels: \(Const\) "dtype" is string; float32, int32 and bool/,
  );
});

test("JSON of other types than a graph has is refused where it is", () => {
  const refused = (change: (graph: GraphWriter) => void, message: RegExp) => {
    const graph = new GraphWriter();
    graph.input("x", [2, 4, 4, 1]);
    graph.output("y", graph.node("MaxPool", "y", ["x"], { ksize: attr.ints(1, 2, 2, 1) }));
    change(graph);
    assert.throws(() => convert(graph.artifacts()), { name: "ConvertError", message });
  };
  const attrs = ({ nodes }: GraphWriter) => nodes[1]!.attr;
  const ports = (graph: GraphWriter) => graph.signature().inputs as Record<string, unknown>;
  refused((g) => Object.assign(ports(g), { x: null }), /signature.x: must be an object/);
  refused((g) => Object.assign(ports(g), { x: { name: 1 } }), /signature.x: the name is 1/);
  refused(
    (g) => Object.assign(ports(g), { x: { name: "x", tensorShape: { dim: [null] } } }),
    /signature.x: has the shape/,
  );
  refused((g) => (attrs(g).ksize = { list: { i: 2 } }), /y: \(MaxPool\) "ksize" is not a list/);
  refused((g) => (attrs(g).ksize = attr.ints(1, 1.5, 2, 1)), /"ksize" is no whole number/);
  refused((g) => (attrs(g).padding = { s: "?" }), /"padding" is neither a text/);
  refused((g) => (g.nodes[1]!.input = [0 as never]), /y: has the inputs \[0\]; they must be names/);
});

test("an input of text is refused by its name", () => {
  const graph = new GraphWriter();
  graph.input("text", [-1]);
  graph.output("y", graph.node("Identity", "y", ["text"]));
  const [placeholder] = graph.nodes;
  placeholder!.attr.dtype = { type: "DT_STRING" };
  assert.throws(() => convert(graph.artifacts()), {
    name: "ConvertError",
    message: /text: "dtype" is string; float32, int32 and bool are supported/,
  });
});

test("an output may be an input, a constant, or another output; one of an input's name is renamed", async () => {
  const graph = new GraphWriter();
  graph.input("x", [-1, 2]);
  graph.constant("k", { shape: [2], dtype: "float32", data: [1, 2] });
  graph.node("Relu", "r", ["x"]);
  graph.output("x", "x");
  graph.output("k", "k");
  graph.output("first", "r");
  graph.output("second", "r");
  const feeds = { x: data([3, 2]) };
  const conversion = convert(graph.artifacts());
  assert.deepEqual(namesOf(conversion).outputs, ["x_1", "k", "first", "second"]);
  const [x, k, first, second] = await runConverted(conversion, feeds);
  assert.deepEqual(x?.data, feeds.x.data);
  assert.deepEqual(k?.data, [1, 2]);
  assert.deepEqual(first, second);
});

test("a mirrored border in front of a convolution stays one: no padding of zeros takes its place", async () => {
  const graph = new GraphWriter();
  graph.input("x", [-1, 5, 5, 1]);
  const pads: Value = { shape: [4, 2], dtype: "int32", data: [0, 0, 1, 1, 1, 1, 0, 0] };
  graph.node("MirrorPad", "pad", ["x", graph.constant("pads", pads)], {
    mode: attr.text("REFLECT"),
  });
  graph.node("Conv2D", "conv", ["pad", graph.constant("kernel", weights([3, 3, 1, 2]))], {
    strides: attr.ints(1, 1, 1, 1),
    dilations: attr.ints(1, 1, 1, 1),
    padding: attr.text("VALID"),
  });
  graph.output("y", "conv");
  const conversion = await agrees(graph.artifacts(), { x: data([2, 5, 5, 1]) }, ["conv"]);
  assert.equal(conversion.ops.Pad, 1);
});

test("in half precision and in eight bits the graph gives nearly the same", async () => {
  const artifacts = convolution().artifacts();
  const [expected] = await runOriginal(artifacts, IMAGE, ["block/relu"]);
  for (const [dtype, allowed] of [
    ["fp16", 5e-3],
    ["q8", 5e-2],
  ] as const) {
    const conversion = convert(artifacts, { dtype });
    assertAgree(conversion, await runConverted(conversion, IMAGE), [expected!], allowed);
  }
});
