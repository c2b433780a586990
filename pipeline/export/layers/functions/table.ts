/** The table of TensorFlow's functions that stand between the layers of Keras 2 models. */
import type { TensorFlowFunction } from "./arguments.ts";
import { LINALG, MATH } from "./math.ts";
import { IMAGE, NN, VERSION_1 } from "./nn.ts";
import { ARRAYS, OPERATORS } from "./shapes.ts";

const prefixed = (prefix: string, table: Readonly<Record<string, TensorFlowFunction>>) =>
  Object.fromEntries(Object.entries(table).map(([name, write]) => [`${prefix}.${name}`, write]));

const FUNCTIONS: Readonly<Record<string, TensorFlowFunction>> = {
  ...prefixed("math", MATH),
  ...prefixed("linalg", LINALG),
  ...prefixed("nn", NN),
  ...prefixed("image", IMAGE),
  ...prefixed("__operators__", OPERATORS),
  ...ARRAYS,
  ...VERSION_1,
  // names of version 1, and one that two modules share
  depth_to_space: NN.depth_to_space!,
  space_to_depth: NN.space_to_depth!,
  floor_div: MATH.floordiv!,
  norm: LINALG.norm!,
};

/** The function that a file names, as in `math.add` or `compat.v1.transpose`; undefined where it is not converted. */
export function functionNamed(name: string): TensorFlowFunction | undefined {
  const names = [name, name.replace(/^compat\.v1\./, "")];
  const found = names.find((n) => Object.hasOwn(FUNCTIONS, n));
  return found === undefined ? undefined : FUNCTIONS[found];
}
