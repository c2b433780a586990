/** The pipeline's options, from the command line and a config file. */

import { createOptions } from "../../node/options/options.ts";
import type { OptionedInput } from "../inputs/options.ts";
import type { DeclaredTarget } from "../targets/targetRules.ts";
import { configSchema, createConfigSchema } from "./schema.ts";

export const PROGRAM = {
  name: "npm run pipeline --",
  description: "Train, export, check, evaluate and publish a bundle from a data set.",
  schema: configSchema,
  example: '{ "poster": { "epochs": 20 } }',
};

/** The program for a data set: `--help` lists the options of its inputs and its losses. */
export function programFor(
  inputs: Readonly<Record<string, OptionedInput>>,
  target?: Pick<DeclaredTarget, "type">,
): typeof PROGRAM {
  return { ...PROGRAM, schema: createConfigSchema(inputs, target) };
}

/** Options of the course's layout, and of the embedded sample. */
export const MOVIE_OPTIONS = createOptions(PROGRAM);
export const { read: readConfig, parse: parseConfig } = MOVIE_OPTIONS;
