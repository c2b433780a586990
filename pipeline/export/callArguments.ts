/** Which arguments of a call its layer reads: Keras writes more than the inputs, and what is not read is refused. */
import { refuse } from "./errors.ts";
import { InputSlot, type LayerInputs } from "./nodes.ts";
import { OPERATION_CLASSES } from "./operations.ts";
import type { LayerDef } from "./topology.ts";

/** Layers that read more than their first argument: how many by their place, and which by their names. */
const READ: Readonly<Record<string, { places?: number; names?: readonly string[] }>> = {
  Attention: { names: ["useCausalMask", "returnAttentionScores"] },
  Bidirectional: { places: 2, names: ["initialState"] },
  CategoryEncoding: { places: 2, names: ["countWeights"] },
  ConvLSTM2D: { places: 2, names: ["initialState"] },
  GRU: { places: 2, names: ["initialState"] },
  LSTM: { places: 2, names: ["initialState"] },
  MultiHeadAttention: {
    places: 3,
    names: [
      ...["query", "value", "key", "queryMask", "valueMask", "keyMask", "attentionMask"],
      ...["useCausalMask", "returnAttentionScores"],
    ],
  },
  RNN: { places: 2, names: ["initialState"] },
  SimpleRNN: { places: 2, names: ["initialState"] },
  Softmax: { places: 2 },
};

/** Operations of Keras 3 and functions of TensorFlow, which read all of their arguments. */
const OPERATIONS: readonly string[] = [
  ...OPERATION_CLASSES,
  ...["Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Maximum", "Minimum", "NotEqual"],
  ...["GetItem", "TensorFlowOpLayer"],
];

/** Refuses what a call gives its layer and the layer does not read. */
export function checkArguments(
  { className, dialect }: Pick<LayerDef, "className" | "dialect">,
  { args = [], kwargs = {}, laterMasks }: LayerInputs,
): void {
  if (className === "Attention" && laterMasks)
    refuse("is given masks for single inputs, which are not converted");
  if (OPERATIONS.includes(className)) return;
  const { places = 1, names = [] } = READ[className] ?? {};
  const further = args.findIndex((value, i) => i >= places && isGiven(value));
  if (further >= 0) refuse(`is called with a ${ordinal(further)} argument, which is not converted`);
  for (const [name, value] of Object.entries(kwargs)) {
    if (names.includes(name) || !isGiven(value)) continue;
    // the predict() of Keras 3 goes before what is written here
    if (name === "training" && dialect === "keras3") continue;
    if (name === "training") refuse("is called with training=True, which changes what it computes");
    // the inputs of other layers may have names
    if (isFirst(value)) continue;
    refuse(`is called with the argument "${name}", which is not converted`);
  }
}

/** Whether an argument is the inputs of the call, one or a list in their order. */
const isFirst = (value: unknown): boolean =>
  [value].flat().every((slot, i) => slot instanceof InputSlot && slot.index === i);

/** null and false stand for nothing. */
const isGiven = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== false;

const ordinal = (index: number): string => ["first", "second", "third"][index] ?? `${index + 1}th`;
