/** The options of inputs: a section of the configuration for each tower. This is the table of the types for this stage. */

import type * as z from "zod";
import { type ImageOptions, imageSection } from "./image/options.ts";
import { type RatingsOptions, ratingsSection } from "./ratings/options.ts";
import { type SequenceOptions, sequenceSection } from "./sequence/options.ts";
import { type TableOptions, tableSection } from "./table/options.ts";
import { type TextKind, type TextOptions, textSection } from "./text/options.ts";

/** What options an input has. */
export type OptionedInput = { readonly group?: string | undefined } & (
  | ({ readonly type: "text" } & TextKind)
  | { readonly type: "image" | "ratings" | "number" | "category" | "sequence" }
);

type Section<Type extends OptionedInput["type"]> = (
  name: string,
  input: OptionedInput & { readonly type: Type },
) => z.ZodType;

/** The section of a tower of its own; undefined for types that are columns of a table. */
const SECTIONS: { readonly [Type in OptionedInput["type"]]: Section<Type> | undefined } = {
  text: (name, kind) => textSection(name, kind).prefault({}),
  image: () => imageSection.prefault({}),
  ratings: () => ratingsSection.prefault({}),
  sequence: (name) => sequenceSection(name).prefault({}),
  number: undefined,
  category: undefined,
};

/** Options by kind of tower. */
export interface TowerOptions {
  readonly text: TextOptions;
  readonly image: ImageOptions;
  readonly ratings: RatingsOptions;
  readonly sequence: SequenceOptions;
  readonly table: TableOptions;
}

/** Whether inputs of a type share towers, as columns of a table; the others have one each. */
export function isColumn({ type }: { readonly type: OptionedInput["type"] }): boolean {
  return SECTIONS[type] === undefined;
}

/** Whether a group, all of whose inputs are given, is a table. */
export function isTable(inputs: readonly { readonly type: OptionedInput["type"] }[]): boolean {
  return inputs.every(isColumn);
}

/** A section for every tower, under the name of its group: an input's own name, unless it names another. */
export function sectionsOf(
  inputs: Readonly<Record<string, OptionedInput>>,
): Record<string, z.ZodType> {
  const sections: Record<string, z.ZodType> = {};
  for (const [name, input] of Object.entries(inputs)) {
    const section = SECTIONS[input.type] as Section<OptionedInput["type"]> | undefined;
    const group = input.group ?? name;
    const members = Object.entries(inputs).filter(
      ([other, { group }]) => (group ?? other) === (input.group ?? name),
    );
    if (section) sections[group] = section(group, input);
    else if (isTable(members.map(([, member]) => member))) {
      sections[group] = tableSection.prefault({});
    }
  }
  return sections;
}

/**
 * @param name Of the section.
 * @param _kind Kind of the tower, which decides what its options are.
 * @throws Error if the configuration has no section of the name: it was made for other inputs.
 */
export function optionsOf<Kind extends keyof TowerOptions>(
  config: object,
  name: string,
  _kind: Kind,
): TowerOptions[Kind] {
  const section = sectionOf(config, name);
  if (section === undefined) throw new Error(`internal: no options of the input "${name}"`);
  return section as unknown as TowerOptions[Kind];
}

/** The options of a text's tower, which the texts of a group share. */
export function textOptions(
  config: object,
  inputs: Readonly<Record<string, { readonly group?: string | undefined }>>,
  name: string,
): TextOptions {
  return optionsOf(config, inputs[name]?.group ?? name, "text");
}

export function imageOptions(config: object, name: string): ImageOptions {
  return optionsOf(config, name, "image");
}

/** The options under a name, whatever they are; undefined if there are none. */
export function sectionOf(
  config: object,
  name: string,
): Readonly<Record<string, unknown>> | undefined {
  return (config as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>)[name];
}
