/** Node's own report of a test run, and at its end what was skipped on this machine, and how to bring what is missing. */

import { pipeline, Readable } from "node:stream";
import { spec as Spec, type TestEvent } from "node:test/reporters";
import { NEEDS, type Need, type NeedName, reasonWithout } from "./needs.ts";

/** How often each reason was given. */
type Skips = Map<string, number>;

/** @returns Nothing if nothing was skipped. */
export function describeSkips(skips: Skips): string {
  if (skips.size === 0) return "";
  const needs = new Map<string, Need>(
    (Object.keys(NEEDS) as NeedName[]).map((name) => [reasonWithout(name), NEEDS[name]]),
  );
  const lines = [...skips]
    .sort(([, a], [, b]) => b - a)
    .flatMap(([reason, count]) => {
      const untested = needs.get(reason)?.untested;
      const line = `${String(count).padStart(4)}  ${reason}`;
      return untested === undefined ? [line] : [line, `      untested: ${untested}`];
    });
  const total = [...skips.values()].reduce((sum, count) => sum + count, 0);
  return `\nSkipped ${total} ${total === 1 ? "test" : "tests"} on this machine:\n${lines.join("\n")}\n`;
}

/** A reporter for `--test-reporter`. */
export default async function* report(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string | Buffer> {
  const skips: Skips = new Map();
  async function* watched() {
    for await (const event of events) {
      if (event.type === "test:pass" && event.data.skip !== undefined) {
        const reason = String(event.data.skip);
        skips.set(reason, (skips.get(reason) ?? 0) + 1);
      }
      yield event;
    }
  }
  const spec = new Spec();
  pipeline(Readable.from(watched()), spec, () => {});
  yield* spec;
  yield describeSkips(skips);
}
