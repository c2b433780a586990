/** Generates load over loopback with autocannon, in this process. */

import autocannon from "autocannon";

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bodies of the requests, sent in turn. */
  readonly bodies: readonly Buffer[];
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly answered: number;
  /** Status -> number of answers. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Number of requests without an answer. */
  readonly lost: number;
  /** Answers of status 200 per second. */
  readonly perSecond: number;
  /** Latencies of the answers with this status in milliseconds, ascending. */
  times(status: number): readonly number[];
}

/** Closed-loop load: each connection sends its next request after the answer to the last one. */
export async function measure(load: Load): Promise<LoadResult> {
  const times: AnswerTimes = new Map();
  let next = 0;
  const { promise, resolve, reject } = withResolvers<autocannon.Result>();
  const options = {
    url: load.url,
    method: "POST",
    headers: { ...load.headers },
    connections: load.connections,
    duration: load.seconds,
    timeout: 30,
    // A single body is built into a request only once: this process competes with the server for the processors.
    ...(load.bodies.length === 1
      ? { body: load.bodies[0] }
      : {
          requests: [
            {
              setupRequest: (request: object) => ({
                ...request,
                body: load.bodies[next++ % load.bodies.length],
              }),
            },
          ],
        }),
  } as autocannon.Options;
  const run = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)));
  run.on("response", (_client, status, _bytes, milliseconds) => note(times, status, milliseconds));
  const result = await promise;
  return summarize(times, result.errors + result.timeouts, result.duration);
}

/** Status -> latencies of its answers in milliseconds. */
export type AnswerTimes = Map<number, number[]>;

export function note(times: AnswerTimes, status: number, milliseconds: number): void {
  const list = times.get(status) ?? [];
  list.push(milliseconds);
  times.set(status, list);
}

/** @param lost Number of requests without an answer. */
export function summarize(times: AnswerTimes, lost: number, seconds: number): LoadResult {
  for (const list of times.values()) list.sort((a, b) => a - b);
  const answered = [...times.values()].reduce((sum, list) => sum + list.length, 0);
  return {
    answered,
    statuses: new Map([...times].map(([status, list]) => [status, list.length])),
    lost,
    perSecond: (times.get(200)?.length ?? 0) / seconds,
    times: (status) => times.get(status) ?? [],
  };
}

/** Node 20 has no Promise.withResolvers. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
