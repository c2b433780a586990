/** The options of convert(). One that does not exist is an error, for a misspelt one would have no effect. */
import { type ConversionIssue, ConvertError } from "./errors.ts";
import type { Cut } from "./graph/signature.ts";
import type { LayerFunction } from "./layers/layer.ts";
import { nearest } from "./nearest.ts";
import type { ExternalOptions } from "./onnx/external.ts";
import type { Precision } from "./precision/precisions.ts";
import type { Front } from "./prepend.ts";
import { PURPOSES, type Purpose } from "./purpose.ts";

/** Element types that a graph input can be fed as. */
export type InputDType = "uint8" | "int32" | "float32" | "int64" | "bool";

/** All are optional; without them names and types are those of the tfjs model. */
export interface ConvertOptions {
  /**
   * Precision; inputs and outputs keep theirs. `fp16-weights` stores half precision and computes in single. Default
   * fp32.
   */
  dtype?: Precision;
  /**
   * What recurrent layers are written for: `latency` (default) for batches of up to about 8, `throughput` for larger
   * ones. Both forms compute the same.
   */
  for?: Purpose;
  /** Per graph input, by its tfjs name: the element type it is fed as, and its sizes (strings are symbolic). */
  inputs?: Record<string, { dtype?: InputDType; shape?: readonly (number | string)[] }>;
  /** Names of the graph outputs, in the order of the model's outputs. Default: the layers' names. */
  outputNames?: readonly string[];
  /** Name of the graph. Default: the model's name. */
  name?: string;
  /** For a graph model: names of inner tensors (`node` or `node:1`) that become its inputs or outputs instead. */
  cut?: Cut;
  /**
   * Graphs of ONNX files that are put in front of the model, by the name of the input that each makes: of `readOnnx`
   * and `importGraph`.
   */
  before?: Readonly<Record<string, Front>>;
  docString?: string;
  /** Key-value pairs for the file, beside `source`, `precision`, and the artifacts' `generatedBy` and `convertedBy`. */
  metadata?: Record<string, string>;
  /** Name of the batch size. Default "batch". */
  batchName?: string;
  /** Whether the file has type and shape of every value, which viewers show. Default true. */
  valueInfo?: boolean;
  /**
   * Weights go into a file of this name beside the model's where they have more than `above` bytes (default 2e9), for
   * protobuf files end at 2 GB. Write `Conversion.externalData.parts` there.
   */
  externalData?: ExternalOptions;
  /**
   * Layers of your own, by class name: a function that writes the nodes of one call and returns its output, or a list of
   * them. It is given `b`, the builder, `x` or `inputs`, `config` (keys in camelCase) and `weight(name)`; `refuse(text)`
   * or an Error becomes an issue of the layer. A name of a built-in class replaces that.
   */
  layers?: Record<string, LayerFunction>;
}

const OPTIONS: Readonly<Record<keyof Required<ConvertOptions>, true>> = {
  dtype: true,
  for: true,
  inputs: true,
  outputNames: true,
  name: true,
  cut: true,
  before: true,
  docString: true,
  metadata: true,
  batchName: true,
  valueInfo: true,
  externalData: true,
  layers: true,
};
type InputOptions = NonNullable<ConvertOptions["inputs"]>[string];
const INPUT_OPTIONS: Readonly<Record<keyof Required<InputOptions>, true>> = {
  dtype: true,
  shape: true,
};

/**
 * @throws ConvertError with every option that convert() does not have, and the nearest that it has, and with values that
 *   an option cannot have.
 */
export function checkOptions(options: ConvertOptions): void {
  const issues: ConversionIssue[] = [];
  const check = (given: object, known: Readonly<Record<string, true>>, path: string) => {
    for (const key of Object.keys(given).filter((k) => !Object.hasOwn(known, k))) {
      const names = Object.keys(known);
      const meant = nearest(key, names);
      issues.push({
        path: `${path}.${key}`,
        message: meant
          ? `there is no such option; did you mean "${meant}"?`
          : `there is no such option; options are ${names.join(", ")}`,
      });
    }
  };
  check(options, OPTIONS, "options");
  for (const [name, input] of Object.entries(options.inputs ?? {}))
    check(input, INPUT_OPTIONS, `options.inputs.${name}`);
  if (options.for !== undefined && !PURPOSES.includes(options.for))
    issues.push({
      path: "options.for",
      message: `"${options.for}" is not one of ${PURPOSES.join(", ")}`,
    });
  for (const [name, write] of Object.entries(options.layers ?? {}))
    if (typeof write !== "function")
      issues.push({
        path: `options.layers.${name}`,
        message: `must be a function, it is ${typeof write}`,
      });
  if (issues.length > 0) throw new ConvertError(issues);
}
