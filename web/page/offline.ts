/** The page without network. */

import { byId } from "./dom.ts";

/**
 * Registers the service worker, which keeps the page for times without network. Once the model answers: what it fetches
 * is then in the browser's own cache, and it delays nothing.
 */
export function startOffline(): void {
  // Development serves sources that change; plain HTTP has no service workers.
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // Without it the page works as well, online.
  navigator.serviceWorker.register("./sw.js", { scope: "./" }).catch(() => {});
  void navigator.serviceWorker.ready.then(() => {
    byId("offline").hidden = false;
  });
}
