/** Combines models with the same inputs to one whose outputs are their averages. */

import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { connect } from "./connect.ts";
import { prefixed } from "./prefixed.ts";

/**
 * The members become layers of the new model; the names of their layers are prefixed ("member1_...").
 *
 * @param models Models with the same inputs and outputs; they are disposed of.
 */
export async function averageModels(models: readonly LayersModel[]): Promise<LayersModel> {
  const [first] = models;
  if (!first) throw new Error("internal: averageModels needs at least one model, got 0");
  const inputs = first.inputs.map(({ shape, dtype }, i) =>
    tf.input({ name: first.inputNames[i]!, shape: shape.slice(1), dtype: dtype ?? "float32" }),
  );
  const outputsOfMembers: SymbolicTensor[][] = [];
  for (const [i, model] of models.entries()) {
    const member = await prefixed(model, `member${i + 1}_`);
    outputsOfMembers.push([member.apply(inputs)].flat() as SymbolicTensor[]);
  }
  const outputs = first.outputs.map((_, o) =>
    outputsOfMembers.length === 1
      ? outputsOfMembers[0]![o]!
      : connect(
          tf.layers.average({ name: `average_${o + 1}` }),
          outputsOfMembers.map((memberOutputs) => memberOutputs[o]!),
        ),
  );
  return tf.model({ name: first.name, inputs, outputs });
}
