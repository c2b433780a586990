/**
 * Folds multiplications and additions of constants, such as batch normalisation, into the convolution or dense layer
 * before.
 */
import { type Constant, type Graph, type Node, sizeOf } from "../ir.ts";
import { operator } from "../ops.ts";
import { combine, floatConstant, floats, padRank, producers, useCounts } from "./rewrite.ts";

type Floats = Constant & { data: Float32Array };

interface Fold {
  graph: Graph;
  producer: Map<string, Node>;
  uses: Map<string, number>;
  /** Nodes whose work a node before them has taken over. */
  folded: Set<Node>;
}

/** Repeats until nothing changes: a fold can bring the next factor within reach. */
export function foldAffine(graph: Graph): void {
  for (let changed = true; changed; ) {
    const fold: Fold = {
      graph,
      producer: producers(graph),
      uses: useCounts(graph),
      folded: new Set(),
    };
    changed = false;
    for (const node of graph.nodes) {
      const kind = operator(node.op).affine;
      if ((kind === "factor" || kind === "summand") && foldNode(fold, node)) changed = true;
    }
    graph.nodes = graph.nodes.filter((node) => !fold.folded.has(node));
  }
}

/** The constant and the other operand, whichever side each is on. */
function split(graph: Graph, node: Node): { constant: Floats; value: string } | undefined {
  const [a, b] = node.inputs as [string, string];
  const [ca, cb] = [floats(graph, a), floats(graph, b)];
  if (cb && !ca) return { constant: cb, value: a };
  return ca && !cb ? { constant: ca, value: b } : undefined;
}

/** true if `node` has been folded or has moved closer to a layer. */
function foldNode(fold: Fold, node: Node): boolean {
  const { graph, producer, uses } = fold;
  const parts = split(graph, node);
  const before = parts && producer.get(parts.value);
  if (!parts || !before || fold.folded.has(before) || uses.get(parts.value) !== 1) return false;
  const { constant } = parts;
  // the result must keep the shape of the value: a constant that enlarges it cannot be moved
  const shape = graph.values.get(parts.value)?.shape ?? [];
  const wide = padRank(constant.shape, shape.length);
  if (wide.length > shape.length || wide.some((d, i) => d !== 1 && d !== shape[i])) return false;
  const [kind, target] = [operator(node.op).affine, operator(before.op).affine];
  if (target === "convolution") return intoConv(fold, node, before, constant, shape.length);
  if (target === "matrix" && kind === "factor") return intoMatMul(fold, node, before, constant);
  if (target === "summand" && kind === "factor") return throughAdd(fold, node, before, constant);
  if (target === kind) return merge(fold, node, before, constant);
  return false;
}

/** Lets `before` write the output of `node`, which is removed. */
function absorb(fold: Fold, node: Node, before: Node): boolean {
  const [output] = node.outputs as [string];
  before.outputs = [output];
  fold.producer.set(output, before);
  fold.folded.add(node);
  return true;
}

/** One factor or summand per output channel, or undefined where the constant varies elsewhere. */
function perChannel(
  constant: Floats,
  rank: number,
  axis: number,
  channels: number,
): Float32Array | undefined {
  const shape = padRank(constant.shape, rank);
  if (shape.some((d, i) => d !== 1 && i !== axis)) return undefined;
  if (constant.data.length === channels) return constant.data;
  return constant.data.length === 1
    ? new Float32Array(channels).fill(constant.data[0] as number)
    : undefined;
}

/** The axis of the output channels in the weights of a convolution or a MatMul. */
const outputChannels = (node: Node): number => operator(node.op).weights?.[0]?.axis ?? 0;

/** Folds the constant into W and bias, if it has one value per output channel. */
function intoConv(fold: Fold, node: Node, conv: Node, constant: Floats, rank: number): boolean {
  const { graph } = fold;
  const weight = floats(graph, conv.inputs[1]);
  if (!weight) return false;
  const axis = outputChannels(conv);
  const channels = weight.shape[axis] as number;
  const values = perChannel(constant, rank, 1, channels);
  if (!values || (axis === 1 && Number(conv.attrs.group ?? 1) !== 1)) return false;
  const old = conv.inputs[2] ? floats(graph, conv.inputs[2]) : undefined;
  if (conv.inputs[2] && !old) return false;
  const bias = new Float32Array(channels);
  for (let i = 0; i < channels; i++) {
    const b = old?.data[i] ?? 0;
    bias[i] = node.op === "Mul" ? b * (values[i] as number) : b + (values[i] as number);
  }
  if (node.op === "Mul") conv.inputs[1] = scaled(fold, weight, axis, values).name;
  if (old || node.op === "Add") {
    const name = old?.name ?? weight.name.replace(/[^/]*$/, "bias");
    conv.inputs[2] = floatConstant(graph, name, [channels], bias).name;
  }
  return absorb(fold, node, conv);
}

/**
 * The weight with every slice along `axis` multiplied by its own factor. The weight itself goes where nothing else reads
 * it: a graph must not hold all weights twice.
 */
function scaled(
  { graph, uses }: Fold,
  weight: Floats,
  axis: number,
  factors: Float32Array,
): Constant {
  const product = slicesTimes(weight, axis, factors);
  if (uses.get(weight.name) === 1) graph.constants.delete(weight.name);
  return floatConstant(graph, weight.name, weight.shape, product);
}

function slicesTimes(weight: Floats, axis: number, factors: Float32Array): Float32Array {
  const inner = sizeOf(weight.shape.slice(axis + 1));
  const n = weight.shape[axis] as number;
  const data = new Float32Array(weight.data.length);
  for (let i = 0; i < data.length; i++)
    data[i] = (weight.data[i] as number) * (factors[Math.floor(i / inner) % n] as number);
  return data;
}

/** Multiplies each column of the matrix by its factor. */
function intoMatMul(fold: Fold, node: Node, matmul: Node, constant: Floats): boolean {
  const { graph } = fold;
  const weight = floats(graph, matmul.inputs[1]);
  if (weight?.shape.length !== 2) return false;
  const values = perChannel(
    constant,
    Math.max(2, constant.shape.length),
    Math.max(2, constant.shape.length) - 1,
    weight.shape[1] as number,
  );
  if (!values) return false;
  matmul.inputs[1] = scaled(fold, weight, outputChannels(matmul), values).name;
  return absorb(fold, node, matmul);
}

/** (y + k) * c = y * c + k * c: moves the factor towards the layer that can take it, if there is one. */
function throughAdd(fold: Fold, node: Node, add: Node, factor: Floats): boolean {
  const { graph, producer, uses } = fold;
  const parts = split(graph, add);
  const target = parts && producer.get(parts.value);
  if (!parts || !target || uses.get(parts.value) !== 1) return false;
  const { affine } = operator(target.op);
  if (affine === undefined || affine === "summand") return false;
  const product = combine(parts.constant, factor, (k, c) => k * c);
  const summand = floatConstant(graph, parts.constant.name, product.shape, product.data);
  const [sum, result] = [add.outputs[0] as string, node.outputs[0] as string];
  // swap the two nodes in place: the first becomes the Mul, the second the Add
  (add as { op: string }).op = "Mul";
  add.inputs = [parts.value, factor.name];
  (node as { op: string }).op = "Add";
  node.inputs = [sum, summand.name];
  const typed = graph.values.get(parts.value);
  if (typed) graph.values.set(sum, { ...typed, name: sum });
  [add.name, node.name] = [node.name, add.name];
  producer.set(result, node);
  return true;
}

/** (y * a) * b = y * (a * b), and the same for sums. */
function merge(fold: Fold, node: Node, before: Node, constant: Floats): boolean {
  const { graph } = fold;
  const parts = split(graph, before);
  if (!parts) return false;
  const both = combine(parts.constant, constant, (a, b) => (node.op === "Mul" ? a * b : a + b));
  before.inputs = [
    parts.value,
    floatConstant(graph, parts.constant.name, both.shape, both.data).name,
  ];
  return absorb(fold, node, before);
}
