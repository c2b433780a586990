/** `node/script.ts` among the built tests: what the program starts as a process or a thread is built, too, and needs no tsx. */

import { V8_FLAGS } from "./v8Flags.ts";

/** URL of the build, which `builtTests.ts` writes here. */
declare const BUILT_TESTS: string;

const CHECKOUT = new URL("..", import.meta.url).href;

/** Whether the program is built: it still has its sources, and reads what is beside them. */
export const BUILT = false;

export const SCRIPT_FLAGS = V8_FLAGS;

export function scriptUrl(source: URL): URL {
  if (!source.href.startsWith(CHECKOUT)) return source;
  return new URL(source.href.slice(CHECKOUT.length).replace(/\.ts$/, ".js"), BUILT_TESTS);
}
