/** The table of the types of inputs for requests, files and commands: the only place in serve/ that lists them. */

import type { Item } from "../../../predictor/inputs/inputType.ts";
import type { InputSpec, InputSpecs } from "../../../predictor/inputs/types.ts";
import { listOf } from "../../../predictor/listOf.ts";
import type { Manifest } from "../../../predictor/manifest.ts";
import { areMovieInputs } from "../../../predictor/movie.ts";
import { RESERVED_NAMES } from "../../../predictor/reservedNames.ts";
import { isNoValue } from "../../../predictor/values.ts";
import { category } from "./category.ts";
import { image } from "./image.ts";
import { number } from "./number.ts";
import { ratings } from "./ratings.ts";
import { sequence } from "./sequence.ts";
import type { ServedType } from "./servedType.ts";
import { text } from "./text.ts";

const TYPES = { text, image, ratings, number, category, sequence };

/** What requests have to know of an input's type. */
export function servedType({ type }: InputSpec): ServedType<InputSpec> {
  return TYPES[type] as unknown as ServedType<InputSpec>;
}

export function isFile(spec: InputSpec): boolean {
  return servedType(spec).inForm === "file";
}

/** Names of the inputs that are files, e.g. images. */
export function fileInputs(inputs: InputSpecs): string[] {
  return Object.keys(inputs).filter((name) => isFile(inputs[name]!));
}

/** What a list of an input's values is called: `posters` of `poster`. */
export function pluralOf(name: string): string {
  return name.endsWith("s") ? name : `${name}s`;
}

/** Name of the form field with several items, and of their list in errors. */
export function listName({ inputs }: Pick<Manifest, "inputs">): string {
  return areMovieInputs(inputs) ? "movies" : "items";
}

/** @throws Error if requests could not tell an input from something else. */
export function checkNames({ name: bundle, inputs }: Manifest): void {
  const name = Object.keys(inputs).find((input) => RESERVED_NAMES.includes(input));
  if (name === undefined) return;
  throw new Error(
    `${bundle} has an input "${name}", which means something else in requests; train it under another name`,
  );
}

/** Whether any input of the item says something. */
export function isAnyGiven(item: Item, inputs: InputSpecs): boolean {
  return Object.entries(inputs).some(
    ([name, spec]) =>
      !spec.ignored && !isNoValue(item[name], spec) && servedType(spec).isGiven(item[name], spec),
  );
}

/** Why an item in which nothing is given is refused. @param names Of the inputs, as the user writes them. */
export function nothingGiven(names: readonly string[]): string {
  return names.length === 1
    ? `is empty; give ${names[0]}`
    : `is empty; give at least one of ${listOf(names)}`;
}

/** An item with every input, or with those of one form only, which the model accepts. */
export function exampleItem(inputs: InputSpecs, form?: ServedType<InputSpec>["inForm"]): Item {
  const shown = Object.entries(inputs).filter(
    ([, spec]) => form === undefined || servedType(spec).inForm === form,
  );
  return Object.fromEntries(shown.map(([name, spec]) => [name, servedType(spec).example(spec)]));
}
