/** Put into the site's page for browsers without a driver: does steps on it, and says what went unhandled. */

import { takeJobs } from "../harness/pulled.ts";
import type { SiteJob, SiteState } from "./drivenSite.ts";

/** Milliseconds; a busy machine takes seconds to start the runtime. */
const LIMIT = 60_000;

const unhandled: string[] = [];
window.addEventListener("unhandledrejection", ({ reason }) => unhandled.push(String(reason)));
window.addEventListener("error", ({ message }) => unhandled.push(message));
document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
  unhandled.push(`${effectiveDirective}: ${blockedURI}`),
);

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T | null;

function state(): SiteState {
  return {
    failed: element("failed")?.hidden === false ? element("failed-text")!.textContent! : undefined,
    verdict: isAnswered() ? element("verdict")!.textContent! : undefined,
    wordmark: document.querySelector(".wordmark")?.textContent ?? "",
    runs: element("runs")?.textContent ?? "",
    offline: element("offline")?.hidden === false,
    isolated: window.crossOriginIsolated,
    controlled: navigatorHasController(),
    unhandled,
  };
}

/** Whether the answer is to what was entered, and no example. */
function isAnswered(): boolean {
  const result = element("result");
  return result?.hidden === false && !result.hasAttribute("data-example");
}

function navigatorHasController(): boolean {
  try {
    return Boolean(navigator.serviceWorker?.controller);
  } catch {
    return false; // storage is blocked
  }
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + LIMIT;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${LIMIT} ms: ${JSON.stringify(state())}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function update(): Promise<void> {
  const { serviceWorker } = navigator;
  let isTaken = false;
  serviceWorker.addEventListener("controllerchange", () => {
    isTaken = true;
  });
  await (await serviceWorker.getRegistration())!.update();
  await until(() => isTaken);
}

async function perform(job: SiteJob): Promise<SiteState> {
  if (job.kind === "reload") {
    // The next job is the new page's.
    setTimeout(() => window.location.reload());
    await new Promise(() => {});
  }
  if (job.kind === "answer") {
    await until(() => element("title") !== null);
    const title = element<HTMLInputElement>("title")!;
    title.value = job.title;
    title.dispatchEvent(new Event("input", { bubbles: true }));
    await until(() => state().failed !== undefined || state().verdict !== undefined);
  }
  if (job.kind === "offline") await until(() => state().offline && state().controlled);
  if (job.kind === "update") await update();
  // What is rejected now is reported in a later task.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return state();
}

await takeJobs((job) => perform(job as SiteJob));
