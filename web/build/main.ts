/** `npm run build:web`: the static site, ready for any file server. */

import { z } from "zod";
import { findBundle } from "../../node/findBundle.ts";
import { createOptions } from "../../node/options.ts";
import { buildSite } from "./site.ts";

const { read } = createOptions({
  name: "npm run build:web --",
  description: "Builds the page and its converter as static files, with a bundle beside them.",
  schema: z.strictObject({
    model: z
      .string()
      .min(1)
      .optional()
      .describe("bundle; default: models/ml1m, or the newest under models/"),
    out: z.string().min(1).default("web/dist").describe("folder that the site replaces"),
    compress: z.boolean().default(true).describe("leave .br and .gz copies beside the files"),
  }),
  example: '{ "model": "models/mine" }',
  environmentPrefix: "MARQUEE_",
});

try {
  const { model, out, compress } = read(process.argv.slice(2), process.env);
  await buildSite({ model: model ?? (await findBundle()), out, compress });
} catch (error) {
  const { message, stack } = error as Error;
  process.stderr.write(`error: ${process.env.DEBUG ? stack : message}\n`);
  process.exitCode = 1;
}
