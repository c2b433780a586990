/** Writes a graph model as an ONNX graph: its inputs, its nodes in the order they depend on each other, its outputs. */
import type { ModelArtifacts } from "../artifacts.ts";
import { type ConversionIssue, ConvertError, Refusal, refuse, reject } from "../errors.ts";
import { type Constant, type Dim, type Graph, type Tensor, uniqueName } from "../ir.ts";
import type { ConvertOptions } from "../options.ts";
import type { Weights } from "../weights.ts";
import { dtypeOf } from "./attrs.ts";
import { constantValues, type OpCall } from "./call.ts";
import { type FoldingBuilder, foldingBuilder, isOpen } from "./fold/builder.ts";
import { type Edge, type GraphDef, type NodeDef, readGraphDef } from "./graphDef.ts";
import { TF_OPS } from "./registry.ts";
import { type Port, portsOf } from "./signature.ts";

/**
 * The graph of a graph model before any pass.
 *
 * @throws ConvertError with every operator that cannot be converted and, where it helps, where to cut the graph instead.
 */
export function buildGraphModel(
  artifacts: ModelArtifacts,
  weights: Weights,
  options: ConvertOptions,
): Graph {
  const graph = readGraphDef(artifacts.modelTopology);
  const { userDefinedMetadata, signature } = artifacts;
  const ports = portsOf(graph, userDefinedMetadata?.signature ?? signature, options.cut ?? {});
  if (ports.outputs.length === 0) reject("modelTopology", "the graph has no outputs");
  const b = foldingBuilder();
  const names = outputNames(ports.outputs, ports.inputs, options);
  for (const name of names) b.graph.names.add(name);
  const emission = new Emission(graph, weights, b);
  checkInputOptions(ports.inputs, options);
  for (const port of ports.inputs) emission.give(port.edge, graphInput(emission, port, options));
  const outputs = ports.outputs.map(({ edge }) => emission.value(edge));
  if (emission.issues.length > 0) throw new ConvertError(emission.issuesWithCut());
  b.scope = "";
  for (const [i, tensor] of outputs.entries()) if (tensor) addOutput(b.graph, tensor, names[i]!);
  closeOpenSizes(b.graph);
  return b.graph;
}

const keyOf = ({ node, index }: Edge) => `${node}:${index}`;

/** One conversion: which values exist already, and what was refused. */
class Emission {
  readonly issues: ConversionIssue[] = [];
  readonly graph: GraphDef;
  readonly b: FoldingBuilder;
  private readonly weights: Weights;
  private readonly values = new Map<string, Tensor>();
  private readonly done = new Set<string>();
  /** Nodes whose inputs are being written. */
  private readonly waiting = new Set<string>();
  /** Nodes that could not be converted, or that read one. */
  private readonly failed = new Set<string>();

  constructor(graph: GraphDef, weights: Weights, b: FoldingBuilder) {
    this.graph = graph;
    this.weights = weights;
    this.b = b;
  }

  /** Sets a value that its node does not have to compute: an input. */
  give(edge: Edge, tensor: Tensor): void {
    this.values.set(keyOf(edge), tensor);
  }

  /** The value of an edge, after everything it depends on; undefined where something was refused on the way. */
  value(edge: Edge): Tensor | undefined {
    const stack = [{ edge, open: false }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { node: name } = top.edge;
      // a loop leads back to a node that is waiting for this one
      const waits = !top.open && this.waiting.has(name);
      if (this.values.has(keyOf(top.edge)) || this.done.has(name) || waits) stack.pop();
      else if (top.open) {
        stack.pop();
        this.done.add(name);
        this.emit(this.graph.nodes.get(name) as NodeDef);
      } else {
        top.open = true;
        this.waiting.add(name);
        const node = this.graph.nodes.get(name);
        if (!node) reject(name, "is read, but the graph has no such node");
        for (const from of node.inputs.toReversed()) stack.push({ edge: from, open: false });
      }
    }
    return this.values.get(keyOf(edge));
  }

  /** Writes one node. A refusal becomes an issue with the node's name, and the nodes behind it are left out. */
  private emit(node: NodeDef): void {
    const inputs = node.inputs.map((edge) => this.values.get(keyOf(edge)));
    if (node.inputs.some(({ node: from }) => this.failed.has(from))) {
      this.failed.add(node.name);
      return;
    }
    this.b.scope = node.name;
    try {
      const outputs = node.op === "Const" ? this.constant(node) : this.call(node, inputs);
      for (const [index, tensor] of [outputs].flat().entries())
        this.values.set(keyOf({ node: node.name, index }), tensor);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.issues.push({ path: node.name, message: `(${node.op}) ${error.message}` });
      this.failed.add(node.name);
    }
  }

  private call(node: NodeDef, given: readonly (Tensor | undefined)[]): Tensor | Tensor[] {
    const write = Object.hasOwn(TF_OPS, node.op) ? TF_OPS[node.op] : undefined;
    if (!write)
      refuse(
        node.op === "Placeholder"
          ? "is no input of the signature; name it with --inputs"
          : "the operator is not supported",
      );
    const inputs = given.map((tensor, i) => {
      const { node: from, index } = node.inputs[i]!;
      return tensor ?? refuse(`reads output ${index} of "${from}", which it does not have`);
    });
    return write(this.callOf(node, inputs));
  }

  private callOf({ op, attrs }: NodeDef, inputs: readonly Tensor[]): OpCall {
    const { b } = this;
    const input = (i: number) => inputs[i] ?? refuse(`input ${i} is missing`);
    return {
      b,
      op,
      attrs,
      inputs,
      input,
      sizes: (i) => inputs[i] && b.sizesOf(inputs[i]),
      ints: (i, what) =>
        constantValues(input(i)) ??
        refuse(`the graph computes its ${what}, which must be known at conversion`),
    };
  }

  /** A constant from the weights file. */
  private constant({ name, attrs }: NodeDef): Constant {
    const weight = this.weights.get(name);
    if (!weight) refuse("its value is not in the weights file");
    const dtype = weight.dtype === "string" ? dtypeOf("DT_STRING", "dtype") : weight.dtype;
    const declared = attrs.dtype("dtype", dtype);
    const { shape, data } = weight;
    const values =
      declared === "bool"
        ? Uint8Array.from(data)
        : declared === "int32"
          ? Int32Array.from(data)
          : data instanceof Float32Array
            ? data
            : Float32Array.from(data);
    return this.b.constant(name, declared, shape, values);
  }

  /** The issues, and after them the outputs that the graph could be cut at instead. */
  issuesWithCut(): ConversionIssue[] {
    const cuts = new Set<string>();
    for (const { path } of this.issues) {
      for (const edge of this.graph.nodes.get(path)?.inputs ?? []) {
        const tensor = this.values.get(keyOf(edge));
        const isComputed =
          tensor && this.b.graph.nodes.some((n) => n.outputs.includes(tensor.name));
        if (isComputed) cuts.add(edge.index === 0 ? edge.node : keyOf(edge));
      }
    }
    if (cuts.size === 0) return this.issues;
    const names = [...cuts].slice(0, 8).join(",");
    return [
      ...this.issues,
      {
        path: "",
        message: `what comes before can be converted: cut the graph with --outputs "${names}" (cut.outputs)`,
      },
    ];
  }
}

/** A graph input of the requested type and sizes, cast to the type that the model declares. */
function graphInput(emission: Emission, port: Port, options: ConvertOptions): Tensor {
  const { b, graph } = emission;
  const node = graph.nodes.get(port.edge.node) as NodeDef;
  const isPlaceholder = node.op.startsWith("Placeholder");
  const declared = isPlaceholder
    ? node.attrs.dtype("dtype", "float32")
    : dtypeOf(port.dtype ?? "DT_FLOAT", "dtype");
  const requested = options.inputs?.[port.name];
  const given = port.shape ?? (isPlaceholder ? node.attrs.shape("shape") : undefined);
  const shape = inputShape(port.name, given, requested?.shape, options.batchName ?? "batch");
  if (b.graph.names.has(port.name))
    reject(port.name, "the name is used for an input and an output, or for two inputs");
  b.graph.names.add(port.name);
  const input: Tensor = { name: port.name, dtype: requested?.dtype ?? declared, shape };
  b.graph.inputs.push(input);
  b.graph.values.set(input.name, input);
  b.scope = port.name;
  return b.cast(input, declared);
}

function inputShape(
  name: string,
  given: readonly number[] | undefined,
  requested: readonly (number | string)[] | undefined,
  batch: string,
): readonly Dim[] {
  if (!given && !requested)
    reject(
      name,
      `the model does not say how many axes this input has; give its shape, as in --input-shape "${name}=1,224,224,3"`,
    );
  if (given && requested && given.length !== requested.length)
    reject(
      name,
      `the requested shape [${requested}] has rank ${requested.length}; the model's input has rank ${given.length}`,
    );
  return (requested ?? given ?? []).map((size, i) => {
    const own = given?.[i] ?? -1;
    if (typeof size === "number" && own >= 0 && size !== own)
      reject(name, `the requested shape [${requested}] contradicts the model's [${given}]`);
    if (typeof size === "string") return own >= 0 ? own : size;
    return size >= 0 ? size : i === 0 ? batch : `${name}_${i}`;
  });
}

function checkInputOptions(ports: readonly Port[], options: ConvertOptions): void {
  const known = ports.map(({ name }) => name);
  for (const name of Object.keys(options.inputs ?? {})) {
    if (!known.includes(name))
      reject(
        `options.inputs.${name}`,
        `the model has no input "${name}"; its inputs are ${known.join(", ")}`,
      );
  }
}

/** The requested names, else the ports', made unique. */
function outputNames(
  outputs: readonly Port[],
  inputs: readonly Port[],
  { outputNames: wanted }: ConvertOptions,
): string[] {
  if (wanted && (wanted.length !== outputs.length || new Set(wanted).size !== wanted.length))
    reject(
      "options.outputNames",
      `${outputs.length} different names are needed, got ${JSON.stringify(wanted)}`,
    );
  const taken = new Set(inputs.map(({ name }) => name));
  return outputs.map((port, i) => {
    const base = wanted?.[i] ?? port.name;
    let name = base;
    for (let k = 1; taken.has(name); k++) name = `${base}_${k}`;
    taken.add(name);
    return name;
  });
}

/** Every output is a node of its own: it has its own name, and may be an input or a constant. */
export function addOutput(graph: Graph, tensor: Tensor, name: string): void {
  if ("data" in tensor) graph.constants.set(tensor.name, tensor as Constant);
  graph.nodes.push({
    op: "Identity",
    name: uniqueName(graph, `${name}/Identity`),
    inputs: [tensor.name],
    outputs: [name],
    attrs: {},
  });
  const output = { name, dtype: tensor.dtype, shape: tensor.shape };
  graph.values.set(name, output);
  graph.outputs.push(output);
}

/** Names of sizes that neither model nor user gave do not belong in the file. */
function closeOpenSizes(graph: Graph): void {
  const close = <T extends Tensor>(t: T): T => ({
    ...t,
    shape: t.shape.map((d) => (isOpen(d) ? null : d)),
  });
  graph.outputs = graph.outputs.map(close);
}
