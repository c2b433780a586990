/** The process of a test's job, which fails as its input says. */

import { serveJob } from "../../../node/jobs/process.ts";

serveJob<string, never, never>(async (input) => {
  if (input !== "full") throw new Error(input);
  const cause = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  throw new Error("the checkpoint is lost", { cause });
});
