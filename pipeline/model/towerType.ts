/** What the model stage has to know of a kind of tower: a row of this form in `pipeline/inputs/TYPE/tower.ts`. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import type { TensorInfo } from "../../predictor/manifest.ts";
import type { Group, TowerInput } from "./modelInputs.ts";
import type { Tower } from "./parts.ts";
import type { Weights } from "./weights.ts";

/** A group whose main input is of one type. */
export type GroupOf<Main extends TowerInput> = Omit<Group, "main"> & { readonly main: Main };

export interface TrainedTower {
  readonly inputs: readonly SymbolicTensor[];
  readonly logits: SymbolicTensor;
  /**
   * Where the logits are an average of several networks', theirs side by side [B, networks * L]: each learns by its own loss,
   * as if it were alone.
   */
  readonly apart?: SymbolicTensor;
}

export interface GraphTower {
  /** In the order of the predictor's tensors. */
  readonly inputs: readonly SymbolicTensor[];
  readonly tower: Tower;
  /** How much there is of the input, 0 to 1 on each scale [B, A]; see `amounts` below. */
  readonly amounts?: SymbolicTensor;
  /** Attention over the parts of inputs, see `attended` [B, parts] of each. */
  readonly attention?: readonly SymbolicTensor[];
  /** Weights of layers that only the published graph has, as they are where training has not changed them. */
  readonly weights?: Weights;
}

/** What the converter cannot know of a graph input. */
export interface GraphInput {
  readonly dtype?: TensorInfo["type"];
  readonly shape?: readonly string[];
}

export interface TowerType<Main extends TowerInput> {
  /** For training: whatever can be computed once is an input. */
  trained(group: GroupOf<Main>, labels: number): TrainedTower;
  /** On raw inputs. */
  inGraph(group: GroupOf<Main>, labels: number): GraphTower;
  /** Weights that are known before training: pretrained, or fitted. */
  given(group: GroupOf<Main>): Weights;
  /** Initial values of weights that are not drawn, and that training or a head's fit changes. */
  readonly initial?: (group: GroupOf<Main>, labels: number) => Weights;
  /** Peak learning rates of weights that have not that of the input's options, by name. */
  readonly learningRates?: (group: GroupOf<Main>) => ReadonlyMap<string, number>;
  /** Rounds trained weights in place that the published graph stores with fewer bits, other than kernels. */
  readonly round?: (group: GroupOf<Main>, weights: Weights) => void;
  /** Names of the inputs over whose parts the graph has an output of its attention. */
  readonly attended?: (group: GroupOf<Main>) => readonly string[];
  /** By name, where more is to be said of them. */
  readonly graphInputs?: (group: GroupOf<Main>) => Readonly<Record<string, GraphInput>>;
  /** How much an item has of the main input, on each of some scales: the gates depend on it, as in the graph. */
  readonly amounts?: {
    /** Number of scales. */
    readonly scales: number;
    /** 0 to 1 on each [scales]. */
    of(features: unknown): number[];
  };
}

export function graphInput(
  name: string,
  shape: (number | null)[],
  dtype: "float32" | "int32" = "float32",
): SymbolicTensor {
  return tf.input({ name, shape, dtype });
}
