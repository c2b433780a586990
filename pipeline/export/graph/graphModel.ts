/** Writes a graph model as an ONNX graph: its inputs, its nodes in the order they depend on each other, its outputs. */
import type { ModelArtifacts } from "../artifacts.ts";
import { addOutput, type BuiltGraph, checkInputOptions, outputNames } from "../builtGraph.ts";
import { atPlace, type ConversionIssue, ConvertError, firstOf, reject } from "../errors.ts";
import { bodiesOf, type Dim, type Graph, type Tensor } from "../ir.ts";
import { operator } from "../ops.ts";
import type { ConvertOptions } from "../options.ts";
import { ownBatch } from "../ownBatch.ts";
import type { Weights } from "../weights.ts";
import { dtypeOf } from "./attrs.ts";
import { settleBatches } from "./batches.ts";
import { Structure } from "./control/structure.ts";
import { Emission, keyOf } from "./emission.ts";
import { foldingBuilder, isOpen } from "./fold/builder.ts";
import { type NodeDef, readGraphDef } from "./graphDef.ts";
import { type Port, portsOf } from "./signature.ts";
import { isList } from "./value.ts";

/**
 * The graph of a graph model before any pass.
 *
 * @throws ConvertError with every operator that cannot be converted and, where it helps, where to cut the graph instead.
 */
export function buildGraphModel(
  artifacts: ModelArtifacts,
  weights: Weights,
  options: ConvertOptions,
): BuiltGraph {
  const graph = readGraphDef(artifacts.modelTopology);
  const ports = portsOf(graph, artifacts, options.cut ?? {});
  if (ports.outputs.length === 0) reject("modelTopology", "the graph has no outputs");
  const b = foldingBuilder();
  const issues: ConversionIssue[] = [];
  const inputs = ports.inputs.map(({ name }) => name);
  const own = { inputs, outputs: ports.outputs.map(({ name }) => name) };
  const names = outputNames(own, options, issues);
  checkInputOptions(inputs, options, issues);
  if (issues.length > 0) throw new ConvertError(issues);
  for (const name of names) b.graph.names.add(name);
  const structure = new Structure(
    graph.nodes,
    ports.outputs.map(({ edge }) => edge),
  );
  const emission = new Emission({ functions: graph.functions, weights }, structure, b);
  for (const [i, port] of ports.inputs.entries())
    emission.give(port.edge, graphInput(emission, port, options, i));
  const outputs = ports.outputs.map(({ edge }) => emission.value(edge));
  if (emission.refused.length > 0) throw new ConvertError(issuesWithCut(emission));
  b.scope = "";
  for (const [i, value] of outputs.entries()) {
    const name = names[i]!;
    if (!value) reject(name, "the graph does not compute this output");
    if (isList(value)) reject(name, "is a list of tensors; an output has to be a tensor");
    addOutput(b.graph, value, name);
  }
  closeOpenSizes(b.graph);
  settleBatches(b.graph);
  return { graph: b.graph, states: [], warnings: drawn(b.graph), name: "" };
}

/** A remark where an output depends on chance. */
function drawn({ nodes }: Graph): string[] {
  const names = nodes.filter(({ op }) => operator(op).random).map(({ name }) => name);
  return names.length > 0
    ? [`the model draws random numbers, so no two runs give the same: ${firstOf(names)}`]
    : [];
}

/** The issues, and after them the outputs that the graph could be cut at instead. */
function issuesWithCut({ refused }: Emission): ConversionIssue[] {
  const issues = refused.map(({ issue }) => issue);
  const cuts = new Set(
    refused.flatMap(({ cuts }) => cuts.map((edge) => (edge.index === 0 ? edge.node : keyOf(edge)))),
  );
  if (cuts.size === 0) return issues;
  const names = [...cuts].slice(0, 8).join(",");
  return [
    ...issues,
    {
      path: "",
      message: `what comes before can be converted: cut the graph with --outputs "${names}" (cut.outputs)`,
    },
  ];
}

/** A graph input of the requested type and sizes, cast to the type that the model declares. */
function graphInput(
  emission: Emission,
  port: Port,
  options: ConvertOptions,
  index: number,
): Tensor {
  const { b, nodes } = emission;
  const node = nodes.get(port.edge.node) as NodeDef;
  const isPlaceholder = node.op.startsWith("Placeholder");
  const declared = atPlace(port.name, () =>
    isPlaceholder
      ? node.attrs.dtype("dtype", "float32")
      : dtypeOf(port.dtype ?? "DT_FLOAT", "dtype"),
  );
  const requested = options.inputs?.[port.name];
  const own = atPlace(port.name, () => (isPlaceholder ? node.attrs.shape("shape") : undefined));
  const given = port.shape ?? own;
  const batch = ownBatch(options.batchName ?? "batch", index);
  const shape = inputShape(port.name, given, requested?.shape, batch);
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

/** Names of sizes that neither model nor user gave do not belong in the file. */
export function closeOpenSizes(graph: Graph): void {
  const close = <T extends Tensor>(t: T): T => ({
    ...t,
    shape: t.shape.map((d) => (isOpen(d) ? null : d)),
  });
  graph.outputs = graph.outputs.map(close);
  for (const body of graph.nodes.flatMap(bodiesOf)) {
    body.inputs = body.inputs.map(close);
    closeOpenSizes(body);
  }
}
