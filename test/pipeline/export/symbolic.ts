/** Symbolic tensors of test models: tfjs types what `apply` gives as anything that it could be. */
import type * as tfl from "@tensorflow/tfjs-layers";

export type T = tfl.SymbolicTensor;

/** A layer or a model. */
interface Applicable {
  apply(inputs: T | T[]): unknown;
}

/** The one output of these layers in a row; the first may take several inputs. */
export function on(x: T | T[], first: Applicable, ...rest: readonly Applicable[]): T {
  return rest.reduce((t, layer) => layer.apply(t) as T, first.apply(x) as T);
}

/** All outputs of a layer that has several. */
export function outputsOf<Outputs extends T[] = T[]>(x: T | T[], layer: Applicable): Outputs {
  return layer.apply(x) as Outputs;
}
