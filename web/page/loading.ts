/** Progress of loading: the bulbs under the heading, a progress bar and a line of text. */

import type { LoadPart } from "../worker/protocol.ts";
import { byId } from "./dom.ts";
import type { OnLoading } from "./engine/client.ts";

/** Share of the loading time that each part takes, roughly. */
const SHARES: Readonly<Record<LoadPart, number>> = { runtime: 0.5, graph: 0.4, manifest: 0.1 };

const NAMES: Readonly<Record<LoadPart, string>> = {
  manifest: "Downloading the model's description",
  graph: "Downloading the model",
  runtime: "Starting the runtime",
};

export interface Loading {
  readonly onLoading: OnLoading;
  done(): void;
  /** @param message For the user. */
  failed(message: string): void;
}

export function startLoading(): Loading {
  const bar = byId<HTMLProgressElement>("loading-progress");
  const parts: Record<LoadPart, number> = { runtime: 0, graph: 0, manifest: 0 };
  const light = (share: number) => {
    byId("bulbs").style.width = `${share * 100}%`;
  };
  byId("retry").addEventListener("click", () => location.reload());
  return {
    onLoading({ part, loaded, total }) {
      parts[part] = total > 0 ? loaded / total : 0;
      const order: LoadPart[] = ["manifest", "graph", "runtime"];
      const share = order.reduce((sum, name) => sum + SHARES[name] * parts[name], 0);
      bar.value = share;
      light(share);
      const waiting = order.find((name) => parts[name] < 1);
      byId("loading-text").textContent = waiting ? NAMES[waiting] : "Testing the model";
    },
    done() {
      light(1);
      byId("loading").hidden = true;
    },
    failed(message) {
      light(0);
      byId("loading").hidden = true;
      byId("failed-text").textContent = message;
      byId("failed").hidden = false;
    },
  };
}
