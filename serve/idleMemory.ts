/** Gives memory back when there is nothing to do: V8 keeps what bodies took until it needs more, which may be never. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Admission } from "./core/admission.ts";

/** Without a request for as long, the server is idle. */
const IDLE_MS = 5000;
/** Bytes of V8's heap and of buffers that are worth a collection, which takes some ten milliseconds. */
const WORTH_BYTES = 64_000_000;

/** @returns A function that ends it. */
export function freeMemoryWhenIdle(admission: Pick<Admission, "accepted" | "isIdle">): () => void {
  let accepted = 0;
  let kept = heldBytes();
  const timer = setInterval(() => {
    const isQuiet = admission.isIdle && admission.accepted === accepted;
    accepted = admission.accepted;
    if (!isQuiet || heldBytes() < kept + WORTH_BYTES) return;
    collectGarbage();
    kept = heldBytes();
  }, IDLE_MS).unref();
  return () => clearInterval(timer);
}

function heldBytes(): number {
  const { heapTotal, external } = process.memoryUsage();
  return heapTotal + external;
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  // The first empties pages of the heap, the second gives them back.
  gc();
  gc();
}
