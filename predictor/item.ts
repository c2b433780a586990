/** Items, and how they become the graph's tensors: every declared input by the rules of its type. */

import type { UnknownValues } from "./answerTypes.ts";
import { InputError } from "./errors.ts";
import { groupBy } from "./groupBy.ts";
import type { FileTexts, Item } from "./inputs/inputType.ts";
import { type InputSpec, type InputSpecs, typeOf } from "./inputs/types.ts";
import type { Tensor } from "./tensor.ts";

/** An item as numbers: the features of each declared input, by its name. */
export type ItemFeatures = Readonly<Record<string, unknown>>;

export interface ItemEncoder {
  /** @throws InputError naming the input that is wrong. */
  encode(item: Item): ItemFeatures;
}

/** What reading inputs needs besides their specs, by the inputs' names: of `openInputs`. */
export type OpenedInputs = Readonly<Record<string, unknown>>;

/** Names of the bundle's files that reading the inputs needs. */
export function inputFiles(specs: InputSpecs): string[] {
  return [...new Set(Object.values(specs).flatMap((spec) => typeOf(spec).files?.(spec) ?? []))];
}

/**
 * Makes what reading the inputs needs of the bundle's files.
 *
 * @param files Contents of at least `inputFiles`.
 * @throws Error naming a file that cannot be used.
 */
export async function openInputs(specs: InputSpecs, files: FileTexts): Promise<OpenedInputs> {
  const opened = Object.entries(specs).map(
    async ([name, spec]) => [name, await typeOf(spec).open?.(spec, files)] as const,
  );
  return Object.fromEntries(await Promise.all(opened));
}

/**
 * @param specs Declared inputs by name.
 * @param opened Of `openInputs`; only inputs that need files need it.
 */
export function createItemEncoder(specs: InputSpecs, opened: OpenedInputs = {}): ItemEncoder {
  const encoders = Object.entries(specs).map(([name, spec]) => {
    const type = typeOf(spec);
    const encode = type.encoder(name, spec, opened[name]);
    if (!spec.ignored) return [name, encode] as const;
    const check = (item: Item) => {
      encode(item);
      return type.absent(spec);
    };
    return [name, check] as const;
  });
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
  return groupBy(Object.keys(specs), (name) => groupOf(name, specs[name]!));
}

/** The name of an input's group: its own where it names none. */
export function groupOf(name: string, { group }: Pick<InputSpec, "group">): string {
  return group ?? name;
}

/** The groups of which an item has an input. */
export function presentGroups(item: ItemFeatures, specs: InputSpecs): string[] {
  return [...groupsOf(specs)]
    .filter(([, inputs]) => inputs.some((name) => typeOf(specs[name]!).isPresent(item[name])))
    .map(([group]) => group);
}

/** By input, the values that training did not see, of the inputs whose types name them and that have some. */
export function unknownValues(item: ItemFeatures, specs: InputSpecs): UnknownValues {
  const values = Object.entries(specs).map(
    ([name, spec]) => [name, typeOf(spec).unknownValues?.(item[name]) ?? []] as const,
  );
  return Object.fromEntries(values.filter(([, unknown]) => unknown.length > 0));
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
