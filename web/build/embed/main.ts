/** `npm run build:embed`: builds the package for other sites, which `npm pack` packs. */

import * as z from "zod";
import { runCommand } from "../../../node/command.ts";
import { buildPackage } from "./package.ts";

const program = {
  name: "npm run build:embed --",
  description: "Builds the npm package marquee-predict into web/embed/dist.",
  schema: z.strictObject({}),
};

await runCommand(program, async () => {
  await buildPackage();
  return undefined;
});
