/**
 * Requests at a steady rate, whether answered or not: what many clients that know nothing of each other send. (autocannon's rate
 * is an allowance that all of its connections spend at the beginning of each second.)
 */

import { type Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Load, Measured } from "./load.ts";

export interface Offer extends Load {
  /** Requests a second. */
  readonly rate: number;
}

/** A request is lost if it has no answer at all; `connections` is the most that are open at a time, kept by the agent. */
export async function offer(load: Offer, agent: Agent): Promise<Measured> {
  const times = new Map<number, number[]>();
  let lost = 0;
  const ask = (body: Buffer) =>
    new Promise<void>((resolve) => {
      const start = performance.now();
      let failures = 0;
      const failed = () => {
        if (failures++ === 0) lost++;
        resolve();
      };
      const asked = request(
        load.url,
        { method: "POST", agent, headers: { ...load.headers, "content-length": body.length } },
        (response) => {
          response.resume().on("error", failed);
          response.once("end", () => {
            const list = times.get(response.statusCode!) ?? [];
            list.push(performance.now() - start);
            times.set(response.statusCode!, list);
            resolve();
          });
        },
      );
      asked.on("error", failed).end(body);
    });
  const asking: Promise<void>[] = [];
  const start = performance.now();
  for (let sent = 0; sent < load.rate * load.seconds; ) {
    const due = Math.min(load.seconds, (performance.now() - start) / 1000) * load.rate;
    for (; sent < due; sent++) asking.push(ask(load.bodies[sent % load.bodies.length]!));
    await pause(1);
  }
  await Promise.all(asking);
  for (const list of times.values()) list.sort((a, b) => a - b);
  const answered = [...times.values()].reduce((sum, list) => sum + list.length, 0);
  return {
    ...{ answered, lost },
    statuses: new Map([...times].map(([status, list]) => [status, list.length])),
    perSecond: (times.get(200)?.length ?? 0) / load.seconds,
    times: (status) => times.get(status) ?? [],
  };
}
