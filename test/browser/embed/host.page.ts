/** Put into the site's pages for browsers without a driver: runs the test's programs, as Playwright's `evaluate` does. */

import { takeJobs } from "../harness/pulled.ts";

/** The text of a function, and what to call it with. */
interface Program {
  readonly program: string;
  readonly argument: unknown;
}

// What tsx writes around functions that have names.
Object.assign(globalThis, { __name: (named: unknown) => named });

await takeJobs((job) => {
  const { program, argument } = job as Program;
  return new Function(`return (${program})(...arguments)`)(argument);
});
