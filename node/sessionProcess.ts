/** The process of `openChildSession`: opens a session as its first message says, and runs it on every other one. */

import { CLOSE, type OpenAnswer, type OpenTask, type RunAnswer } from "./childSession.ts";
import { type Feeds, openTriedSession, type TriedSession } from "./session.ts";

let session: TriedSession | undefined;

async function answer(question: OpenTask | Feeds): Promise<OpenAnswer | RunAnswer> {
  try {
    if (session) return { outputs: await session.run(question as Feeds) };
    const { graph, trial, ...options } = question as OpenTask;
    session = await openTriedSession(graph, trial, options);
    const { provider, refused } = session;
    return { provider, refused };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

// Some drivers do not survive being closed: the process ends without.
const end = () => process.exit(0);
process.on("message", async (question: OpenTask | Feeds | typeof CLOSE) => {
  if (question === CLOSE) end();
  else process.send!(await answer(question));
});
process.on("disconnect", end);
