/** `npm run architecture`: redraws the picture of the folders' imports in CONTRIBUTING.md. */

import { readFile, writeFile } from "node:fs/promises";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { withDiagram } from "./architecture/diagram.ts";

const program = {
  name: "npm run architecture --",
  description: "Draws the picture of the folders' imports in CONTRIBUTING.md.",
  schema: z.strictObject({}),
};
const DOCUMENT = "CONTRIBUTING.md";

await runCommand(program, async () => {
  await writeFile(DOCUMENT, await withDiagram(await readFile(DOCUMENT, "utf8")));
  return undefined;
});
