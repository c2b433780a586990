/** What Keras 3 writes in another way, or in another place, than Keras 2. */
import { isRecord, type LayerConfig } from "./config.ts";
import type { Dialect } from "./dialect.ts";
import { type LayerInputs, readBy, type TensorRef } from "./nodes.ts";

/** What is changed of a model: topology.ts has the whole. */
interface Layers {
  layers: ReadonlyMap<
    string,
    {
      className: string;
      name: string;
      dialect: Dialect;
      calls: LayerInputs[];
      model?: unknown;
    }
  >;
  outputs: TensorRef[];
}

/** What layers are called in the paths of a .keras file: two Conv2D are `conv2d` and `conv2d_1`. */
export function storedNames(classNames: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return classNames.map((className) => {
    const name = className
      .replace(/\W+/g, "")
      .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
      .replace(/([a-z])([A-Z])/g, "$1_$2")
      .toLowerCase();
    const n = counts.get(name) ?? 0;
    counts.set(name, n + 1);
    return n > 0 ? `${name}_${n}` : name;
  });
}

/** Keras 3 writes an input's shape as `batch_shape`, and that of other layers into `build_config`. */
export function withInputShape(item: Record<string, unknown>, config: LayerConfig): LayerConfig {
  if (config.batchInputShape !== undefined) return config;
  const built = isRecord(item.buildConfig) ? item.buildConfig.inputShape : undefined;
  const shape = config.batchShape ?? (isShape(built) ? built : undefined);
  return shape === undefined ? config : { ...config, batchInputShape: shape };
}

/** Keras 3's hard_sigmoid is another function than that of Keras 2 and tfjs. */
export function withActivations(config: LayerConfig, dialect: Dialect): LayerConfig {
  if (dialect !== "keras3") return config;
  const renamed = ["activation", "recurrentActivation"].filter(
    (key) => config[key] === "hard_sigmoid" || config[key] === "hardSigmoid",
  );
  return { ...config, ...Object.fromEntries(renamed.map((key) => [key, "hardSigmoid3"])) };
}

/** Whether a value is a list of sizes. */
export const isShape = (value: unknown): value is (number | null)[] =>
  Array.isArray(value) && value.every((d) => d === null || typeof d === "number");

/**
 * What Keras 3 writes for the masks of Masking, merges and Concatenate. The mask is that of the input, which the layers'
 * own rules give without these operations.
 */
const MASK_OPERATIONS = ["Any", "LogicalOr"];

export function dropMaskOperations({ layers }: Layers): void {
  for (const { calls } of layers.values())
    for (const call of calls) {
      const source = call.mask && layers.get(call.mask.layer);
      if (!source || !MASK_OPERATIONS.includes(source.className)) continue;
      call.maskFrom = source.name;
      delete call.mask;
    }
}

/** [of the references between layers, of those to the model's outputs] */
type Origins = readonly [number, number];
/** Keras 3 counts a Functional's own definition as a call in the outputs of the model around it, and nowhere else. */
const FUNCTIONAL: readonly Origins[] = [
  [0, 1],
  [0, 0],
  [1, 1],
];
/** A Sequential has no such call; files that were repaired by hand may count as Keras 2. */
const SEQUENTIAL: readonly Origins[] = [
  [0, 0],
  [1, 1],
];

/**
 * Counts the calls of models in a model of Keras 3 from 0. A file says nothing of how it counts them; every call is
 * read, which only one way of counting fits as a rule.
 */
export function numberCalls({ layers, outputs }: Layers): void {
  const between = [...layers.values()].flatMap(({ calls }) => calls.flatMap(readBy));
  for (const { name, className, model, dialect, calls } of layers.values()) {
    if (!model || dialect !== "keras3") continue;
    const [inner, outer] = [between, outputs].map((list) => list.filter((r) => r.layer === name));
    const fits = ([from, first]: Origins): boolean => {
      const read = [...inner!.map((r) => r.call - from), ...outer!.map((r) => r.call - first)];
      return (
        calls.every((_, i) => read.includes(i)) && read.every((i) => i >= 0 && i < calls.length)
      );
    };
    const ways = className === "Sequential" ? SEQUENTIAL : FUNCTIONAL;
    const [from, first] = ways.find(fits) ?? ways[0]!;
    for (const ref of inner!) ref.call -= from;
    for (const ref of outer!) ref.call -= first;
  }
}
