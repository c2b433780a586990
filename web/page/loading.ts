/** Progress of loading: the bulbs under the heading, a progress bar and a line of text. */

import { capital } from "../strings/capital.ts";
import { strings } from "../strings/strings.ts";
import type { LoadPart } from "../worker/protocol.ts";
import { byId } from "./dom.ts";
import type { CallError } from "./engine/callError.ts";
import type { OnLoading } from "./engine/client.ts";

/** The names of files stay as they are. */
const sentence = (message: string) => (/^[\w-]+\./.test(message) ? message : capital(message));

/** Share of the loading time that each part takes, roughly. */
const SHARES: Readonly<Record<LoadPart, number>> = { runtime: 0.5, graph: 0.4, manifest: 0.1 };

export interface Loading {
  readonly onLoading: OnLoading;
  done(): void;
  readonly failed: (error: CallError) => void;
}

/** @param retry Loads the model once more. */
export function startLoading(retry: () => void): Loading {
  const bar = byId<HTMLProgressElement>("loading-progress");
  const parts: Record<LoadPart, number> = { runtime: 0, graph: 0, manifest: 0 };
  const light = (share: number) => {
    byId("bulbs").style.width = `${share * 100}%`;
  };
  let needsReload = false;
  byId("retry").addEventListener("click", () => {
    if (needsReload) return location.reload();
    Object.assign(parts, { runtime: 0, graph: 0, manifest: 0 });
    bar.removeAttribute("value");
    byId("loading-text").textContent = strings.engine.loading;
    byId("failed").hidden = true;
    byId("loading").hidden = false;
    retry();
  });
  return {
    onLoading({ part, loaded, total }) {
      parts[part] = total > 0 ? loaded / total : 0;
      const order: LoadPart[] = ["manifest", "graph", "runtime"];
      const share = order.reduce((sum, name) => sum + SHARES[name] * parts[name], 0);
      bar.value = share;
      light(share);
      const waiting = order.find((name) => parts[name] < 1);
      byId("loading-text").textContent = waiting
        ? strings.engine.loadingParts[waiting]
        : strings.engine.testing;
    },
    done() {
      light(1);
      byId("loading").hidden = true;
    },
    failed(error) {
      light(0);
      needsReload = error.needsReload;
      byId("loading").hidden = true;
      byId("failed-text").textContent = sentence(error.message);
      byId("retry").textContent = needsReload ? strings.engine.reload : strings.engine.retry;
      byId("failed").hidden = false;
    },
  };
}
