/** The options of declared inputs: a section of the configuration each, under the input's name. */

import type { Config } from "./schema.ts";

/** Options by type of input. */
export interface InputOptions {
  readonly text: Config["title"];
  readonly image: Config["poster"];
  readonly ratings: Config["ratings"];
}

/**
 * @param _type Type of the input, which decides what its options are.
 * @throws Error if the configuration has no section of the name: it was made for other inputs.
 */
export function optionsOf<Type extends keyof InputOptions>(
  config: object,
  name: string,
  _type: Type,
): InputOptions[Type] {
  const section = (config as Readonly<Record<string, unknown>>)[name];
  if (section === undefined) throw new Error(`internal: no options of the input "${name}"`);
  return section as InputOptions[Type];
}
