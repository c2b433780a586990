/** Makes the page work offline. */

import { LOADED_LATE } from "../runtime/onDemand.ts";
import { trustedScript } from "../trusted.ts";
import { byId } from "./dom.ts";

const loadedLate = watchLoader();

/**
 * Registers the service worker, which stores the page for use without a network. To be called once the model answers:
 * most of what the service worker fetches is then in the browser's cache, and nothing is delayed.
 */
export function startOffline(): void {
  // In development the sources change; over plain HTTP there are no service workers.
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // Without it the page still works online; a browser that blocks storage refuses all of this.
  void storePage().catch(() => {});
}

async function storePage(): Promise<void> {
  const { serviceWorker } = navigator;
  const script = trustedScript(new URL("sw.js", document.baseURI).href);
  // One of an earlier visit is ready even where the network has none now.
  serviceWorker.register(script, { scope: "./" }).catch(() => {});
  await serviceWorker.ready;
  await storeLateFiles();
  byId("offline").hidden = false;
}

/**
 * The service worker keeps what it is asked for; at a first visit, the page's language was loaded before it was there, and so
 * was the rest of the runtime where the model needs it.
 */
async function storeLateFiles(): Promise<void> {
  const { serviceWorker } = navigator;
  if (!serviceWorker.controller) {
    await new Promise((taken) =>
      serviceWorker.addEventListener("controllerchange", taken, { once: true }),
    );
  }
  const names = performance.getEntriesByType("resource").map(({ name }) => name);
  // Without network they are stored already.
  await Promise.all(
    [...names.filter(isOfLanguage), ...loadedLate].map((name) => fetch(name).catch(() => {})),
  );
}

function isOfLanguage(url: string): boolean {
  return /\.[a-z]{2}-[^/]*\.js$/.test(url);
}

/** @returns URLs that the runtime's loader has downloaded so far, by itself. */
function watchLoader(): ReadonlySet<string> {
  const urls = new Set<string>();
  try {
    new BroadcastChannel(LOADED_LATE).onmessage = ({ data }) => urls.add(data);
  } catch {
    // See onDemand.ts.
  }
  return urls;
}
