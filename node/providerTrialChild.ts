/** The process in which `tryProviders` tries providers. */

import { buffer } from "node:stream/consumers";
import type { TrialAnswer, TrialTask } from "./providerTrial.ts";
import { openTriedSession } from "./session.ts";

const { inputs, ...options } = JSON.parse(process.argv[2]!) as TrialTask;
const graph = await buffer(process.stdin);

async function answer(): Promise<TrialAnswer> {
  try {
    const { provider, refused } = await openTriedSession(graph, inputs, options);
    return { provider, refused };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

// Some drivers do not survive being closed: the process ends without.
process.stdout.write(`\n${JSON.stringify(await answer())}\n`, () => process.exit(0));
