/** The pipeline's options, from the command line and a config file. */

import { createOptions } from "../../node/options/options.ts";
import { configSchema } from "./schema.ts";

export const PROGRAM = {
  name: "npm run pipeline --",
  description: "Data set -> trained, exported, verified, evaluated and published bundle.",
  schema: configSchema,
  example: '{ "poster": { "epochs": 20 } }',
};

export const {
  read: readConfig,
  parse: parseConfig,
  check: checkConfig,
  kind: optionKind,
} = createOptions(PROGRAM);
