/** `npm run doctor`: what this machine can do, and what to install for more. */

import * as z from "zod";
import { FAILED, runCommand } from "../../node/command.ts";
import { describeExamination } from "./describe.ts";
import { examine } from "./examine.ts";

const program = {
  name: "npm run doctor --",
  description:
    "Tries every training backend and execution provider, and says what to install for more.",
  schema: z.strictObject({
    json: z.boolean().default(false).describe("print JSON for other programs"),
  }),
};

await runCommand(program, async ({ json }) => {
  const found = await examine();
  process.stdout.write(
    `${json ? JSON.stringify(found, undefined, 2) : describeExamination(found)}\n`,
  );
  const works = (list: typeof found.backends) => list.some(({ result }) => result.works);
  return works(found.backends) && works(found.providers) ? 0 : FAILED;
});
