/** Starts the measuring worker in the same way as the page starts its own. */

import type { PeerTimes } from "./protocol.ts";

globalThis.measure = () =>
  new Promise<PeerTimes>((resolve, reject) => {
    const worker = new Worker(new URL("./peer.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<PeerTimes | { failure: string }>) =>
      "failure" in data ? reject(new Error(data.failure)) : resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
