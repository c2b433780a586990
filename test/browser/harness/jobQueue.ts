/** The server's side of `takeJobs`: gives jobs to the page of a browser that has no driver, and gets their results. */

import type { ServerResponse } from "node:http";
import express from "express";

/** Milliseconds for a job, the wait for the page that asks for it included. */
const JOB = 100_000;

export interface JobQueue {
  /** To be served beside the page. */
  readonly routes: express.Router;
  /** Waits until the page asks for a job. @returns How the browser names itself; undefined if it has not asked in time. */
  asked(milliseconds: number): Promise<string | undefined>;
  /** Gives the page a job. @throws Error of the page. */
  run(job: unknown): Promise<unknown>;
}

/** @param browser Named in errors. */
export function createJobQueue(browser: string): JobQueue {
  let agent = "";
  let asking: (response: ServerResponse) => void;
  let asked: Promise<ServerResponse>;
  const next = () => {
    asked = new Promise((resolve) => {
      asking = resolve;
    });
  };
  next();
  /** Each job has a request of its own, also where the one before is never answered. */
  let taken: Promise<unknown> = Promise.resolve();
  const take = () => {
    const response = taken.then(() => asked);
    taken = response.then(next);
    return response;
  };
  let answer: (text: string) => void = () => {};
  const routes = express.Router();
  routes.get("/job", (request, response) => {
    agent = request.get("user-agent") ?? "";
    asking(response);
  });
  routes.post("/result", express.text({ type: () => true, limit: "50mb" }), (request, response) => {
    answer(request.body as string);
    response.end();
  });
  return {
    routes,
    async asked(milliseconds) {
      return (await withTimeout(asked, milliseconds)) && agent;
    },
    async run(job) {
      const work = (async () => {
        const response = await take();
        const answered = new Promise<string>((resolve) => {
          answer = resolve;
        });
        response.setHeader("cache-control", "no-store");
        response.end(JSON.stringify({ job }));
        return answered;
      })();
      const text = await withTimeout(work, JOB);
      if (text === undefined) {
        throw new Error(`${browser}: no result of ${JSON.stringify(job).slice(0, 200)}`);
      }
      const result = JSON.parse(text) as { result: unknown } | { failure: string };
      if ("failure" in result) throw new Error(result.failure);
      return result.result;
    },
  };
}

async function withTimeout<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    // It does not keep a process alive that has closed its browser.
    timer = setTimeout(resolve, milliseconds, undefined).unref();
  });
  const first = await Promise.race([work, late]);
  clearTimeout(timer);
  return first;
}
