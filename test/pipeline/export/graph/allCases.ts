/** The cases of all operators, and the graphs that are made of them. */
import { CONVOLUTION_CASES } from "./casesConvolution.ts";
import { ELEMENTWISE_CASES } from "./casesElementwise.ts";
import { REDUCE_CASES } from "./casesReduce.ts";
import { SHAPE_CASES } from "./casesShape.ts";
import { SLICE_CASES } from "./casesSlice.ts";
import { GraphWriter, type Value } from "./graphs.ts";
import type { OpCase, OpCases, Operand } from "./opCases.ts";

/** By operator. */
export const CASES: OpCases = {
  ...CONVOLUTION_CASES,
  ...ELEMENTWISE_CASES,
  ...REDUCE_CASES,
  ...SHAPE_CASES,
  ...SLICE_CASES,
};

/** How a case is laid out: which operands are inputs, and which of their sizes the graph declares. */
export interface Layout {
  isInput(operand: Operand): boolean;
  sizes(operand: Operand): readonly number[];
}

const BATCH = 2;
export const LAYOUTS = {
  fixed: { isInput: ({ role }) => role === "data", sizes: ({ shape }) => shape },
  "dynamic batch": {
    isInput: ({ role }) => role === "data",
    sizes: ({ shape }) =>
      shape.length > 1 && shape[0] === BATCH ? [-1, ...shape.slice(1)] : shape,
  },
  "dynamic sizes": {
    isInput: ({ role }) => role === "data",
    sizes: ({ shape }) => shape.map(() => -1),
  },
  constants: { isInput: () => false, sizes: ({ shape }) => shape },
  "computed parameters": { isInput: () => true, sizes: ({ shape }) => shape },
} satisfies Record<string, Layout>;
export type LayoutName = keyof typeof LAYOUTS;

/** One node of the operator, `name`, and what it reads. */
export function graphOf(op: string, { inputs, attrs, outputs = 1 }: OpCase, layout: Layout) {
  const graph = new GraphWriter();
  const feeds: Record<string, Value> = {};
  const read = inputs.map((operand, i) => {
    if (!layout.isInput(operand)) return graph.constant(`k${i}`, operand);
    feeds[`x${i}`] = operand;
    return graph.input(`x${i}`, layout.sizes(operand), operand.dtype);
  });
  graph.node(op, "node", read, attrs);
  const edges = Array.from({ length: outputs }, (_, i) => (i === 0 ? "node" : `node:${i}`));
  for (const [i, edge] of edges.entries()) graph.output(`y${i}`, edge);
  return { artifacts: graph.artifacts(), feeds, edges };
}
