/** The page's worker. */

import { trustedScript } from "../../trusted.ts";
import program from "../../worker/predict.worker.ts?worker&url";
import type { Provider } from "../../worker/protocol.ts";

export function startWorker(provider: Provider): Worker {
  return new Worker(trustedScript(program), { type: "module", name: `marquee-${provider}` });
}
