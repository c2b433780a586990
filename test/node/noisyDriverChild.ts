/** A session apart whose driver talks, and crashes: WebGPU's at once, CUDA's in its second run. */

import { CLOSE, type OpenTask } from "../../node/childSession.ts";

let wanted: string | undefined;
let runs = 0;

process.on("message", (question: Partial<OpenTask> | typeof CLOSE) => {
  if (question === CLOSE) {
    process.stderr.write("bye\n", () => process.exit(0));
    return;
  }
  wanted ??= question.wanted!;
  if (question.wanted) process.stderr.write("Warning: no display\n\n - in driver.cpp\n");
  if (wanted === "webgpu" || runs === 2) process.kill(process.pid, "SIGSEGV");
  if (question.wanted) process.stdout.write("driver 1.0\n");
  process.send!(question.wanted ? { provider: "cuda", refused: [] } : { outputs: question });
  runs++;
});
