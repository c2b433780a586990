/** The table of the types of inputs for the worker: the only place in web/worker/ that lists them. */

import type { Item } from "../../../predictor/inputs/inputType.ts";
import type { InputSpec, InputSpecs } from "../../../predictor/inputs/types.ts";
import { category } from "./category.ts";
import { image } from "./image.ts";
import { number } from "./number.ts";
import { ratings } from "./ratings.ts";
import { sequence } from "./sequence.ts";
import { text } from "./text.ts";
import type { WorkerType } from "./workerType.ts";

const TYPES = { text, image, ratings, number, category, sequence };

/** What the worker has to know of an input's type. */
export function workerType({ type }: InputSpec): WorkerType<InputSpec> {
  return TYPES[type] as unknown as WorkerType<InputSpec>;
}

/** Values that the model takes, by input. @param names Of the inputs; default: of all. */
export function exampleItem(
  inputs: InputSpecs,
  names: readonly string[] = Object.keys(inputs),
): Item {
  const values = names.map((name) => [name, workerType(inputs[name]!).example(inputs[name]!)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** The same without files. */
export function typedExample(inputs: InputSpecs): Item {
  const typed = Object.keys(inputs).filter((name) => !workerType(inputs[name]!).file);
  return exampleItem(inputs, typed);
}
