/**
 * The page's side of a browser that is only started with an address: the page asks its server for jobs, so that no driver of
 * that browser is needed.
 */

/** What the address ends in, if the page is to ask; the page's own fragment follows what is entered. */
export const PULL = "?pull";

/** @param work Job -> result, both as JSON. */
export async function takeJobs(work: (job: unknown) => unknown): Promise<void> {
  if (window.location.search !== PULL) return;
  for (;;) {
    const { job } = (await (await fetch("job")).json()) as { job: unknown };
    let answer: { result: unknown } | { failure: string };
    try {
      answer = { result: await work(job) };
    } catch (error) {
      // Only Chromium's stack begins with the message.
      answer = { failure: `${error}\n${(error as Error).stack ?? ""}` };
    }
    await fetch("result", { method: "POST", body: JSON.stringify(answer) });
  }
}
