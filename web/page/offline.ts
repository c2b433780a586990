/** Makes the page work offline. */

import { trustedScript } from "../trusted.ts";
import { byId } from "./dom.ts";

/**
 * Registers the service worker, which stores the page for use without a network. To be called once the model answers:
 * most of what the service worker fetches is then in the browser's cache, and nothing is delayed.
 */
export function startOffline(): void {
  // In development the sources change; over plain HTTP there are no service workers.
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // Without it the page still works online.
  navigator.serviceWorker
    .register(trustedScript(new URL("sw.js", document.baseURI).href), { scope: "./" })
    .catch(() => {});
  void navigator.serviceWorker.ready.then(() => {
    byId("offline").hidden = false;
  });
}
