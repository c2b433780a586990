/** The runner of this machine: what every runner does. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalRunner } from "../../../pipeline/jobs/local.ts";
import { testRunner } from "./behaviour.ts";
import { standIn } from "./standIn.ts";

testRunner(async () => {
  const root = await mkdtemp(join(tmpdir(), "marquee-runner-"));
  return {
    open: async () =>
      createLocalRunner({
        config: { cache: root, strict: false, folds: 3, foldWorkers: 3, threads: 1 },
        outputsOfFold: ({ fold }) => ({
          place: { folder: join(root, `fold-${fold}`), run: "" },
          ...{ logs: undefined, resumed: true },
        }),
        runWork: standIn(),
      }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
});
