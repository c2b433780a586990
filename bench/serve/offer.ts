/**
 * Open-loop load: sends requests at a steady rate, answered or not, as many independent clients do. (autocannon with a
 * rate sends all requests of a second at its beginning.)
 */

import { type Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { type AnswerTimes, type Load, type LoadResult, note, summarize } from "./load.ts";

export interface Offer extends Load {
  /** Requests per second. */
  readonly rate: number;
}

/** A request without any answer counts as lost. The agent limits the open connections. */
export async function offer(load: Offer, agent: Agent): Promise<LoadResult> {
  const times: AnswerTimes = new Map();
  let lost = 0;
  const send = (body: Buffer) =>
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
    for (; sent < due; sent++) pending.push(send(load.bodies[sent % load.bodies.length]!));
    await pause(1);
  }
  await Promise.all(pending);
  return summarize(times, lost, load.seconds);
}
