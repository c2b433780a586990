/**
 * Writes nodes of other operator sets in ours: one row for each operator that changed, after ONNX's Changelog.md
 * (https://github.com/onnx/onnx/blob/main/docs/Changelog.md).
 */
import { Refusal } from "../errors.ts";
import type { Constant, Graph, Node, Tensor } from "../ir.ts";
import { floatConstant, intConstant, lookup, makeNode } from "../passes/rewrite.ts";
import { axisOf, constantInts } from "../shapes.ts";

/** The operator sets that are read; ours is 17. */
export const OLDEST = 11;
export const NEWEST = 23;

type Rewrite = (node: Node, graph: Graph) => Node[];

interface Row {
  /** Sets that have the operator in this form. */
  readonly from: number;
  readonly to: number;
  readonly rewrite: Rewrite;
}

/** Axes and sizes were attributes until set 12. */
const axesBecomeInput: Rewrite = (node, graph) => attributeToInput(node, graph, "axes");

/** Set 18 made an input of the axes of every reduction; ours still has the attribute for all but ReduceSum. */
const axesBecomeAttribute: Rewrite = (node, graph) => {
  const { noop_with_empty_axes: noop, ...attrs } = node.attrs;
  const [data, axesInput] = node.inputs as [string, string?];
  const axes = axesInput ? constantInts(graph.constants.get(axesInput)) : [];
  if (!axes) throw new Refusal(`(${node.op}) its axes are not constant`);
  if (axes.length === 0 && noop === 1) return [identity(node, data)];
  return [{ ...node, inputs: [data], attrs: axes.length > 0 ? { ...attrs, axes } : attrs }];
};

/** Until set 12 it flattened its input to two axes first. */
const flattenedSoftmax: Rewrite = (node, graph) => {
  const { shape } = typeOf(node, graph, 0);
  const axis = axisOf(Number(node.attrs.axis ?? 1), shape.length);
  if (axis !== shape.length - 1) {
    throw new Refusal(
      `(${node.op}) sets before 13 compute it over several axes, which ours does not`,
    );
  }
  return [{ ...node, attrs: { ...node.attrs, axis } }];
};

/** Without training it does nothing. */
const dropout: Rewrite = (node) => [identity(node, node.inputs[0]!)];

const newSplit: Rewrite = (node, graph) => {
  const { num_outputs: count, ...attrs } = node.attrs;
  const { shape } = typeOf(node, graph, 0);
  const size = shape[axisOf(Number(attrs.axis ?? 0), shape.length)];
  if (count === undefined || node.inputs[1]) return [{ ...node, attrs }];
  if (typeof size !== "number" || size % Number(count) !== 0) {
    throw new Refusal("(Split) its parts have different sizes");
  }
  return [{ ...node, attrs }];
};

/** The attributes have to have the values that our set assumes. */
function assumes(values: Readonly<Record<string, number | string>>): Rewrite {
  return (node) => {
    const attrs = { ...node.attrs };
    for (const [name, value] of Object.entries(values)) {
      if (attrs[name] !== undefined && attrs[name] !== value) {
        throw new Refusal(`(${node.op}) its ${name} is ${attrs[name]}; our set has ${value} only`);
      }
      delete attrs[name];
    }
    return [{ ...node, attrs }];
  };
}

/** Since set 18 it may say which axes its other inputs are about. */
const newResize: Rewrite = (node, graph) => {
  if (node.attrs.axes !== undefined)
    throw new Refusal("(Resize) its axes cannot be written in our set");
  return assumes({ antialias: 0, keep_aspect_ratio_policy: "stretch" })(node, graph);
};

const newPad: Rewrite = (node) => {
  if (node.inputs[3]) throw new Refusal("(Pad) its axes cannot be written in our set");
  return [{ ...node, inputs: node.inputs.slice(0, 3) }];
};

/** x * (1 + erf(x / sqrt 2)) / 2, or with tanh after Hendrycks and Gimpel (2016). */
const gelu: Rewrite = (node, graph) => {
  const made = chain(node, graph);
  const [x] = node.inputs as [string];
  const inner =
    node.attrs.approximate === "tanh"
      ? made.op("Tanh", [
          made.op("Mul", [
            made.op("Add", [
              x,
              made.op("Mul", [
                made.op("Mul", [made.op("Mul", [x, x]), x]),
                made.number("cubic", 0.044715),
              ]),
            ]),
            made.number("factor", Math.sqrt(2 / Math.PI)),
          ]),
        ])
      : made.op("Erf", [made.op("Mul", [x, made.number("factor", Math.SQRT1_2)])]);
  const shifted = made.op("Add", [inner, made.number("one", 1)]);
  made.op("Mul", [made.op("Mul", [x, shifted]), made.number("half", 0.5)]);
  return made.end();
};

/** x * tanh(softplus(x)) */
const mish: Rewrite = (node, graph) => {
  const made = chain(node, graph);
  const [x] = node.inputs as [string];
  made.op("Mul", [x, made.op("Tanh", [made.op("Softplus", [x])])]);
  return made.end();
};

const always = (rewrite: Rewrite): Row => ({ from: OLDEST, to: NEWEST, rewrite });
const until12 = (rewrite: Rewrite): Row => ({ from: OLDEST, to: 12, rewrite });
const since = (from: number, rewrite: Rewrite): Row => ({ from, to: NEWEST, rewrite });

const ROWS: Readonly<Record<string, Row>> = {
  AveragePool: since(19, assumes({})),
  Cast: since(19, assumes({ saturate: 1, round_mode: "up" })),
  DequantizeLinear: since(21, assumes({ block_size: 0 })),
  Dropout: always(dropout),
  Gather: always((node) => [{ ...node, attrs: { axis: 0, ...node.attrs } }]),
  Gelu: always(gelu),
  LogSoftmax: until12(flattenedSoftmax),
  Mish: always(mish),
  Pad: since(18, newPad),
  QuantizeLinear: since(19, assumes({ saturate: 1, block_size: 0, output_dtype: 0, precision: 0 })),
  ReduceSum: until12(axesBecomeInput),
  Resize: since(18, newResize),
  Softmax: until12(flattenedSoftmax),
  Squeeze: until12(axesBecomeInput),
  Unsqueeze: until12(axesBecomeInput),
  ...Object.fromEntries(
    ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare"].map((kind) => [
      `Reduce${kind}`,
      since(18, axesBecomeAttribute),
    ]),
  ),
};

/** Split changed twice. */
const SPLITS: readonly Row[] = [
  until12((node, graph) => attributeToInput(node, graph, "split")),
  since(18, newSplit),
];

/** The node as nodes of our operator set, in order. @throws Refusal where that has no such nodes. */
export function toOurOpset(node: Node, graph: Graph, opset: number): Node[] {
  const rows = node.op === "Split" ? SPLITS : Object.hasOwn(ROWS, node.op) ? [ROWS[node.op]!] : [];
  const row = rows.find(({ from, to }) => opset >= from && opset <= to);
  return row ? row.rewrite(node, graph) : [node];
}

function attributeToInput(node: Node, graph: Graph, name: string): Node[] {
  const { [name]: values, ...attrs } = node.attrs;
  if (values === undefined) return [node];
  const constant = intConstant(graph, `${node.name}/${name}`, values as readonly number[]);
  return [{ ...node, inputs: [node.inputs[0]!, constant.name], attrs }];
}

function identity(node: Node, from: string): Node {
  return { ...node, op: "Identity", inputs: [from], outputs: [node.outputs[0]!], attrs: {} };
}

function typeOf(node: Node, graph: Graph, input: number): Tensor | Constant {
  const tensor = lookup(graph, node.inputs[input] ?? "");
  if (!tensor) throw new Refusal(`(${node.op}) the type of its input is not known`);
  return tensor;
}

/** Several nodes instead of one; the last of them takes over the name of its output. */
function chain(node: Node, graph: Graph) {
  const nodes: Node[] = [];
  return {
    op(op: string, inputs: readonly string[]): string {
      const made = makeNode(graph, op, `${node.name}/${op}`, inputs, {});
      nodes.push(made);
      return made.outputs[0]!;
    },
    number: (name: string, value: number) =>
      floatConstant(graph, `${node.name}/${name}`, [], Float32Array.of(value)).name,
    end(): Node[] {
      const last = nodes.at(-1)!;
      graph.values.delete(last.outputs[0]!);
      last.outputs = [node.outputs[0]!];
      return nodes;
    },
  };
}
