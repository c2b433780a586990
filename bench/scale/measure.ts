/** Runs the pipeline in a process of its own, so that its memory is that of the run. */

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { SCRIPT_FLAGS } from "../../node/script.ts";
import type { Job, Stage } from "./runStages.ts";

/** What stages, or whole runs, take. */
export type Cost = Omit<Stage, "name">;

/** @throws Error if the run fails. */
export async function measureRun(job: Job): Promise<Stage[]> {
  const child = fork(fileURLToPath(new URL("./runStages.ts", import.meta.url)), {
    execArgv: [...SCRIPT_FLAGS],
    serialization: "advanced",
  });
  child.send(job);
  const answer = once(child, "message");
  const [code] = await Promise.race([answer.then(() => [0]), once(child, "exit")]);
  if (code !== 0) throw new Error(`the run ended with status ${code}`);
  return (await answer)[0] as Stage[];
}

/** What the stages take together. */
export function totalOf(stages: readonly Stage[]): Cost {
  const sum = (of: (stage: Stage) => number) =>
    stages.reduce((total, stage) => total + of(stage), 0);
  return {
    seconds: sum(({ seconds }) => seconds),
    cpu: sum(({ cpu }) => cpu),
    peak: Math.max(...stages.map(({ peak }) => peak)),
  };
}
