/** A program as its users see it: name, description, options. */

import type * as z from "zod";

export interface Program<Schema extends z.ZodType> {
  /** As users call it, e.g. `npm run pipeline --`. */
  readonly name: string;
  readonly description: string;
  /** An object of options with defaults, possibly in sections. */
  readonly schema: Schema;
  /** Content of a config file, shown in the help of `--config`; left out, there is no `--config`. */
  readonly example?: string;
  /** Environment variables with this prefix are read, too: `MARQUEE_` and `maxBatch` make MARQUEE_MAX_BATCH. */
  readonly environmentPrefix?: string;
  /** Name of the option that may also be given without its flag. */
  readonly argument?: string;
  /** Flags that count as if they stood before the user's. */
  readonly defaultFlags?: readonly string[];
}
