/** `npm run build:web`: builds the static site for any file server. */

import * as z from "zod";
import { runCommand } from "../../node/command.ts";
import { findBundle, modelOption } from "../../node/findBundle.ts";
import { buildSite } from "./site.ts";

const program = {
  name: "npm run build:web --",
  description: "Builds the page and its converter as static files, with a bundle beside them.",
  schema: z.strictObject({
    model: modelOption,
    out: z
      .string()
      .min(1)
      .default("web/dist")
      .describe("folder of the site; an earlier build in it is replaced"),
    url: z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/?$/, "/"))
      .optional()
      .describe("address of the site, for the picture of links to it (Open Graph)"),
    source: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("address of the source code, for a link on the page"),
    compress: z.boolean().default(true).describe("write .br and .gz copies beside the files"),
  }),
  example: '{ "model": "models/mine" }',
  environmentPrefix: "MARQUEE_",
};

await runCommand(program, async ({ model, compress, ...options }) => {
  await buildSite({
    model: model ?? (await findBundle()),
    compress: compress && "best",
    ...options,
  });
});
