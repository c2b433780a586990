/** Items, and how they become the graph's tensors: every declared input by the rules of its type. */

import { InputError } from "./errors.ts";
import type { Item } from "./inputs/inputType.ts";
import { type InputSpec, type InputSpecs, typeOf } from "./inputs/types.ts";
import type { Tensor } from "./tensor.ts";

/** An item as numbers: the features of each declared input, by its name. */
export type ItemFeatures = Readonly<Record<string, unknown>>;

export interface ItemEncoder {
  /** @throws InputError naming the input that is wrong. */
  encode(item: Item): ItemFeatures;
}

/** @param specs Declared inputs by name. */
export function createItemEncoder(specs: InputSpecs): ItemEncoder {
  const encoders = Object.entries(specs).map(
    ([name, spec]) => [name, typeOf(spec).encoder(name, spec)] as const,
  );
  return {
    encode: (item) => Object.fromEntries(encoders.map(([name, encode]) => [name, encode(item)])),
  };
}

/**
 * Stacks items into one batch of graph inputs, those of each declared input in turn: see `collate` of the types.
 *
 * @throws InputError without an item.
 */
export function collate(
  items: readonly ItemFeatures[],
  specs: InputSpecs,
): Readonly<Record<string, Tensor>> {
  if (items.length === 0) throw new InputError("items", "is empty; give at least one");
  const tensors = Object.entries(specs).map(([name, spec]) =>
    typeOf(spec).collate(
      name,
      spec,
      items.map((item) => item[name]),
    ),
  );
  return Object.assign({}, ...tensors) as Record<string, Tensor>;
}

/** Names of the graph's inputs, in the order of the declared ones. */
export function graphInputs(specs: InputSpecs): string[] {
  return Object.entries(specs).flatMap(([name, spec]) => typeOf(spec).tensorNames(name, spec));
}

/** Places that an item takes in a batch, which is padded to the most of any: 0 if no input's number of values varies. */
export function itemLength(item: ItemFeatures, specs: InputSpecs): number {
  return Object.entries(specs).reduce(
    (most, [name, spec]) => Math.max(most, typeOf(spec).length?.(item[name]) ?? 0),
    0,
  );
}

/** The inputs of each group, in the order of their first inputs. A group has one tower, and is explained as one. */
export function groupsOf(specs: InputSpecs): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, spec] of Object.entries(specs)) {
    const group = groupOf(name, spec);
    const inputs = groups.get(group);
    if (inputs) inputs.push(name);
    else groups.set(group, [name]);
  }
  return groups;
}

export function groupOf(name: string, { group }: InputSpec): string {
  return group ?? name;
}

/** The groups of which an item has an input. */
export function presentGroups(item: ItemFeatures, specs: InputSpecs): string[] {
  return [...groupsOf(specs)]
    .filter(([, inputs]) => inputs.some((name) => typeOf(specs[name]!).isPresent(item[name])))
    .map(([group]) => group);
}

/** The item's features with only the inputs of some groups. */
export function keepGroups(
  item: ItemFeatures,
  specs: InputSpecs,
  kept: readonly string[],
): ItemFeatures {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      kept.includes(groupOf(name, spec)) ? item[name] : typeOf(spec).absent(spec),
    ]),
  );
}

/** Rows of the tables that graph inputs point into, by graph input. */
export function tableRows(specs: InputSpecs): Readonly<Record<string, number>> {
  const tables = Object.entries(specs).map(([name, spec]) => typeOf(spec).tableRows?.(name, spec));
  return Object.assign({}, ...tables) as Record<string, number>;
}
