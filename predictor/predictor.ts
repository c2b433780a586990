/** Predicts the target of items: preprocessing, the graph, and reading its outputs, on any runtime. */

import type { AttendedPart, UnknownValues } from "./answerTypes.ts";
import { InputError } from "./errors.ts";
import type { Item } from "./inputs/inputType.ts";
import { type InputSpecs, typeOf } from "./inputs/types.ts";
import {
  collate,
  createItemEncoder,
  groupsOf,
  type ItemFeatures,
  itemLength,
  type OpenedInputs,
  presentGroups,
  unknownValues,
} from "./item.ts";
import type { Manifest } from "./manifest.ts";
import { batchesBySize } from "./preprocess/batches.ts";
import type { Outcome } from "./targets/targetType.ts";
import { type TargetSpec, targetTypeOf } from "./targets/types.ts";
import type { RunGraph, Tensor } from "./tensor.ts";

export interface Prediction extends Outcome {
  /** The groups of inputs that the item has. */
  readonly groups: readonly string[];
  /** Factor of the logits of each group of inputs, 0 where it is absent; about 1 where it counts fully. */
  readonly inputWeights: Readonly<Record<string, number>>;
  /** By input, where the graph attends over its parts: the parts in order. */
  readonly attention: Readonly<Record<string, readonly AttendedPart[]>>;
  /** The item's values that training did not see. */
  readonly unknown: UnknownValues;
}

export interface Predictor {
  readonly inputs: InputSpecs;
  readonly target: TargetSpec;
  /** @throws InputError naming the field that is wrong. */
  encode(item: Item): ItemFeatures;
  /**
   * @param items At least one.
   * @throws InputError naming the item (where there are several) and the field that is wrong.
   */
  predict(items: readonly Item[]): Promise<Prediction[]>;
  /** The same of items that are features already. */
  predictEncoded(items: readonly ItemFeatures[]): Promise<Prediction[]>;
  /**
   * The bare output of the graph that the target is read from, of items that are features already.
   * @returns float32 [items, values], row-major, a value for each of the target's names.
   */
  outputs(items: readonly ItemFeatures[]): Promise<Float32Array>;
}

/** What the predictor reads of a manifest. */
export type PredictorSpec = Pick<Manifest, "inputs" | "target">;

/**
 * @example
 * import { openBundle } from "./node/bundle.ts";
 * import { openSession } from "./node/session.ts";
 * import { openInputs } from "./predictor/item.ts";
 * import { createPredictor } from "./predictor/predictor.ts";
 *
 * const { manifest, graph, files } = await openBundle("models/ml1m");
 * const session = await openSession(graph, { threads: 1 });
 * const inputs = await openInputs(manifest.inputs, files);
 * const predictor = createPredictor(manifest, session.run, inputs);
 * const [prediction] = await predictor.predict([{ title: "The Lantern of Doom", year: 1987 }]);
 * console.log(prediction!.scores[0]!.label); // prints Drama
 * await session.close();
 *
 * @param run Runs the bundle's graph; provided by the host, which owns the runtime.
 * @param opened What reading the inputs needs of the bundle's files, see `openInputs`.
 */
export function createPredictor(
  manifest: PredictorSpec,
  run: RunGraph,
  opened?: OpenedInputs,
): Predictor {
  const { inputs, target } = manifest;
  const type = targetTypeOf(target);
  const width = type.names(target).length;
  const encoder = createItemEncoder(inputs, opened);
  const attended = attendedInputs(inputs);
  const groups = [...groupsOf(inputs).keys()];

  /** A batch whose outputs are checked. */
  async function runBatch(features: readonly ItemFeatures[]): Promise<GraphOutputs> {
    const outputs = await run(collate(features, inputs));
    const n = features.length;
    return {
      values: floats(outputs, type.output, n * width),
      weights: floats(outputs, "modality_weights", n * groups.length),
      attention: attended.map(({ name, size }) => floats(outputs, `${name}_attention`, n * size)),
    };
  }

  async function runGraph(features: readonly ItemFeatures[]): Promise<GraphOutputs> {
    const batches = batchesBySize(features, (item) => itemLength(item, inputs));
    if (batches.length <= 1) return runBatch(features);
    const parts: GraphOutputs[] = [];
    for (const batch of batches) parts.push(await runBatch(batch));
    return {
      values: concatenate(parts.map(({ values }) => values)),
      weights: concatenate(parts.map(({ weights }) => weights)),
      attention: attended.map((_, a) => concatenate(parts.map(({ attention }) => attention[a]!))),
    };
  }

  async function predictEncoded(features: readonly ItemFeatures[]): Promise<Prediction[]> {
    const outputs = await runGraph(features);
    return features.map((item, i) => readRow(outputs, i, item));
  }

  return {
    inputs,
    target,
    encode: encoder.encode,
    // async, so that wrong input is a rejection like every other error.
    predict: async (items) =>
      predictEncoded(items.map((item, i) => encodeNamed(item, i, items.length))),
    predictEncoded,
    async outputs(features) {
      return (await runGraph(features)).values;
    },
  };

  function encodeNamed(item: Item, i: number, of: number): ItemFeatures {
    try {
      return encoder.encode(item);
    } catch (error) {
      if (of === 1 || !(error instanceof InputError)) throw error;
      throw error.within(`items[${i}]`);
    }
  }

  /** The prediction in row `i`, of the item with these features. */
  function readRow(outputs: GraphOutputs, i: number, features: ItemFeatures): Prediction {
    const { values, attention, weights } = outputs;
    const row = values.subarray(i * width, (i + 1) * width);
    const present = presentGroups(features, inputs);
    const partsOf = attended.map(({ name, size, parts }, a) => [
      name,
      parts(features[name]).map((part, p) => ({ part, weight: attention[a]![i * size + p]! })),
    ]);
    return {
      ...type.outcome(target, row, present),
      groups: present,
      inputWeights: Object.fromEntries(
        groups.map((group, g) => [group, weights[i * groups.length + g]!]),
      ),
      attention: Object.fromEntries(partsOf) as Prediction["attention"],
      unknown: unknownValues(features, inputs),
    };
  }
}

/** Row-major, a row per item. */
interface GraphOutputs {
  /** [items, values of the target] */
  readonly values: Float32Array;
  /** [items, groups] */
  readonly weights: Float32Array;
  /** Per attended input [items, size]. */
  readonly attention: readonly Float32Array[];
}

/** The inputs over whose parts the graph attends, and how many parts it reads. */
function attendedInputs(inputs: InputSpecs) {
  return Object.entries(inputs).flatMap(([name, spec]) => {
    const { attention } = typeOf(spec);
    return attention ? [{ name, size: attention.size(spec), parts: attention.parts }] : [];
  });
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A graph output as finite floats: a runtime that answers NaN must not become a silent wrong answer. */
function floats(outputs: Record<string, Tensor>, name: string, length: number): Float32Array {
  const tensor = outputs[name];
  if (!tensor) throw new Error(`the graph gave no output "${name}"; is the bundle complete?`);
  if (tensor.type !== "float32" || tensor.data.length !== length) {
    throw new Error(
      `the graph's output "${name}" is ${tensor.type} [${tensor.dims}], expected ${length} floats`,
    );
  }
  for (const value of tensor.data) {
    if (!Number.isFinite(value)) throw new Error(`the graph's output "${name}" holds ${value}`);
  }
  return tensor.data;
}
