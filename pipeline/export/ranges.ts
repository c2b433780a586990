/** Which inputs hold indices, pixels or classes, and their range: for callers that generate inputs. */
import type { Graph, Node, Tensor } from "./ir.ts";
import { operator } from "./ops.ts";
import { floats } from "./passes/rewrite.ts";

/** Input name -> the number of rows of the smallest table it indexes: valid values are 0 to that minus 1. */
export function indexLimits(graph: Graph): Map<string, number> {
  const producer = new Map(graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const inputs = new Set(graph.inputs.map((t) => t.name));
  const limits = new Map<string, number>();
  const follow = (name: string, limit: number): void => {
    if (inputs.has(name)) limits.set(name, Math.min(limits.get(name) ?? limit, limit));
    const node = producer.get(name);
    if (node && operator(node.op).ids === "moves")
      for (const from of node.inputs) follow(from, limit);
  };
  for (const node of graph.nodes) {
    const limit = tableRows(graph, node);
    if (limit !== undefined) for (const name of node.inputs.slice(0, 2)) follow(name, limit);
  }
  return limits;
}

/** Rows of the table of a Gather, or number of tokens in the comparison that CategoryEncoding becomes. */
function tableRows(graph: Graph, node: Node): number | undefined {
  if (node.op === "Gather" && node.attrs.axis === 0)
    return graph.constants.get(node.inputs[0] as string)?.shape[0];
  const tokens = node.op === "Equal" ? graph.constants.get(node.inputs[1] as string) : undefined;
  return tokens?.dtype === "int32" && tokens.shape.length === 1 ? tokens.shape[0] : undefined;
}

/** Values of a float32 input that is not an index. */
export type InputValues = "bytes" | "one-hot";

/** Input name -> what its values are, where the graph as the layers write it tells. */
export function inputValues(graph: Graph): Map<string, InputValues> {
  const kinds = new Map<string, InputValues>();
  const classes = softmaxSizes(graph);
  for (const input of graph.inputs) {
    if (input.dtype !== "float32") continue;
    if (isRescaled(graph, input)) kinds.set(input.name, "bytes");
    else if (input.shape.length === 3 && classes.has(input.shape[2] as number))
      kinds.set(input.name, "one-hot");
  }
  return kinds;
}

/** Factors of 1 / 127.5, 1 / 255 or one over a deviation of pixels, and summands of their size. */
const SMALL_FACTOR = 1 / 32;
const LARGE = 32;
/** Number of values that are looked at: a constant may be as large as an image. */
const PIXELS = 64;

/** Whether the input is first divided by about 255, or something of the size of a mean pixel is subtracted. */
function isRescaled(graph: Graph, input: Tensor): boolean {
  const moved = new Set([input.name]);
  return graph.nodes.some((node) => {
    if (!node.inputs.some((name) => moved.has(name))) return false;
    const { ids, padsWith } = operator(node.op);
    const resizes = node.op === "Resize" || (node.op === "Gather" && moved.has(node.inputs[0]!));
    if (ids === "moves" || node.op === "Pad" || resizes || padsWith === "lowest") {
      for (const name of node.outputs) moved.add(name);
      return false;
    }
    const constant = node.inputs.map((name) => floats(graph, name)).find((c) => c);
    if (!constant) return false;
    const largest = Math.max(...constant.data.subarray(0, PIXELS).map(Math.abs));
    if (node.op === "Mul" && largest === 1) for (const name of node.outputs) moved.add(name);
    if (node.op === "Mul") return largest <= SMALL_FACTOR;
    return ["Div", "Sub", "Add"].includes(node.op) && largest >= LARGE;
  });
}

/** Sequences of fewer features than this are numbers rather than classes. */
const FEW = 5;

/** The numbers of classes of the softmax outputs: a model that predicts its next step reads what it predicts. */
function softmaxSizes(graph: Graph): Set<number> {
  const outputs = new Set(graph.outputs.map((t) => t.name));
  const producer = new Map(graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const sizes = new Set<number>();
  for (const name of outputs) {
    let node = producer.get(name);
    while (node && operator(node.op).ids === "moves") node = producer.get(node.inputs[0] as string);
    const size = graph.values.get(name)?.shape.at(-1);
    if (node?.op === "Softmax" && typeof size === "number" && size >= FEW) sizes.add(size);
  }
  return sizes;
}
