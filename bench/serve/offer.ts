/**
 * Requests at a steady rate, answered or not, as many independent clients send them. (autocannon's rate is an allowance
 * that all of its connections spend at the beginning of each second.)
 */

import { type Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { type AnswerTimes, type Load, type LoadResult, note, summarise } from "./load.ts";

export interface Offer extends Load {
  /** Requests a second. */
  readonly rate: number;
}

/**
 * A request is lost if it has no answer at all; `connections` is the most that are open at a time, kept by the
 * agent.
 */
export async function offer(load: Offer, agent: Agent): Promise<LoadResult> {
  const times: AnswerTimes = new Map();
  let lost = 0;
  const ask = (body: Buffer) =>
    new Promise<void>((resolve) => {
      const start = performance.now();
      let failures = 0;
      const failed = () => {
        if (failures++ === 0) lost++;
        resolve();
      };
      const clientRequest = request(
        load.url,
        { method: "POST", agent, headers: { ...load.headers, "content-length": body.length } },
        (response) => {
          response.resume().on("error", failed);
          response.once("end", () => {
            note(times, response.statusCode!, performance.now() - start);
            resolve();
          });
        },
      );
      clientRequest.on("error", failed).end(body);
    });
  const pending: Promise<void>[] = [];
  const start = performance.now();
  for (let sent = 0; sent < load.rate * load.seconds; ) {
    const due = Math.min(load.seconds, (performance.now() - start) / 1000) * load.rate;
    for (; sent < due; sent++) pending.push(ask(load.bodies[sent % load.bodies.length]!));
    await pause(1);
  }
  await Promise.all(pending);
  return summarise(times, lost, load.seconds);
}
