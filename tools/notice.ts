/** `npm run notice`: writes NOTICE, the licences of what the program and its image contain. */

import { writeFile } from "node:fs/promises";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { renderNotice } from "./notice/render.ts";

const program = {
  name: "npm run notice --",
  description: "Writes NOTICE from the installed production packages.",
  schema: z.strictObject({}),
};

await runCommand(program, async () => {
  await writeFile("NOTICE", await renderNotice());
  return undefined;
});
