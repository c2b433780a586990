/** The model at work, on whatever suits this device best: WebAssembly at first, WebGPU where it proves right and faster. */

import type { CallName, Calls, ModelInfo, Provider } from "../../worker/protocol.ts";
import { findAdapter } from "./adapter.ts";
import { keepMeasured, readMeasured, readWish } from "./choice.ts";
import {
  type CallError,
  type CallOptions,
  type Client,
  type OnLoading,
  startClient,
  type Way,
} from "./client.ts";

/** WebGPU has to be this much faster to be worth its larger download. */
const WORTHWHILE = 0.9;

/** The smallest download first: WebAssembly computes in single precision whatever the weights are stored in. */
const ON_WASM: Way = { provider: "wasm", precisions: ["q8", "fp16", "fp32"] };

/** Computes in the precision that weights are stored in; 8 bits would be unpacked at every step. */
function onGpu({ half }: { half: boolean }): Way {
  return { provider: "webgpu", precisions: half ? ["fp16", "fp32"] : ["fp32"] };
}

/** What became of each provider. */
export type Report = Readonly<Record<Provider, { used: boolean; text: string }>>;

export interface Engine {
  readonly model: ModelInfo;
  call<Name extends CallName>(
    name: Name,
    argument: Parameters<Calls[Name]>[0],
    options?: CallOptions,
  ): Promise<ReturnType<Calls[Name]>>;
}

export interface EngineEvents {
  readonly onLoading: OnLoading;
  /** Now, and again when another provider takes over. */
  readonly onReport: (model: ModelInfo, report: Report) => void;
}

/**
 * Loads the model. Resolves as soon as one provider answers; another may take over later, unseen.
 *
 * @param bundle URL of the bundle's folder, with a slash at its end.
 * @throws CallError if no provider can run it.
 */
export async function startEngine(
  bundle: string,
  { onLoading, onReport }: EngineEvents,
): Promise<Engine> {
  const wish = readWish();
  const measured = readMeasured();
  const gpuFirst = wish === "webgpu" || (wish === "auto" && measured?.faster === "webgpu");
  const reasons: Record<Provider, string> = {
    wasm: "",
    webgpu: wish === "wasm" ? "you chose WebAssembly" : "",
  };
  /** The poster's file, which a provider that takes over has to be given. */
  let poster: Blob | undefined;

  const report = ({ model }: Client) =>
    onReport(model, {
      wasm: { used: model.provider === "wasm", text: reasons.wasm },
      webgpu: { used: model.provider === "webgpu", text: reasons.webgpu },
    });

  let client = gpuFirst ? await startOnGpu() : await startClient(bundle, ON_WASM, onLoading);
  report(client);
  if (wish === "auto" && !gpuFirst) void tryWebGpu(client);

  /** On WebGPU if it was chosen, or was faster on this adapter; otherwise after all on WebAssembly. */
  async function startOnGpu(): Promise<Client> {
    const adapter = await findAdapter();
    if (!adapter.found) reasons.webgpu = adapter.reason;
    else if (wish === "auto" && measured?.adapter !== adapter.name) {
      keepMeasured(undefined);
      reasons.webgpu = `${adapter.name} is new here; it is tried at the next visit`;
    } else {
      try {
        const started = await startClient(bundle, onGpu(adapter), onLoading);
        reasons.wasm = wish === "webgpu" ? "you chose WebGPU" : (measured?.reason ?? "");
        // Right now this one is taken for granted; the next visit measures the new bundle.
        if (wish === "auto" && measured?.bundle !== started.model.version) keepMeasured(undefined);
        return started;
      } catch (error) {
        reasons.webgpu = `tried, but ${(error as Error).message}`;
      }
    }
    return startClient(bundle, ON_WASM, onLoading);
  }

  /** Lets WebGPU take over if it answers rightly and is faster; says why not otherwise. */
  async function tryWebGpu(wasm: Client): Promise<void> {
    const adapter = await findAdapter();
    const version = wasm.model.version ?? wasm.model.name;
    const known = measured?.bundle === version ? measured : undefined;
    if (!adapter.found) reasons.webgpu = adapter.reason;
    else if (adapter.software) reasons.webgpu = `${adapter.name} is only imitated by the processor`;
    else if (savesData()) reasons.webgpu = "not tried: this browser is set to save data";
    else if (known?.adapter === adapter.name) reasons.webgpu = known.reason;
    if (!adapter.found || reasons.webgpu !== "") return report(wasm);
    reasons.webgpu = "being tried";
    report(wasm);
    let webgpu: Client | undefined;
    let gpuMs: number;
    let cpuMs: number;
    try {
      webgpu = await startClient(bundle, onGpu(adapter));
      gpuMs = await webgpu.call("measure", undefined);
      cpuMs = await wasm.call("measure", undefined);
    } catch (error) {
      // Not kept: a network that failed once may not fail again.
      reasons.webgpu = `tried, but ${(error as Error).message}`;
      webgpu?.retire();
      return report(wasm);
    }
    const reason = `a prediction takes ${cpuMs.toFixed(1)} ms by WebAssembly, ${gpuMs.toFixed(1)} ms by WebGPU`;
    const faster = gpuMs <= WORTHWHILE * cpuMs ? "webgpu" : "wasm";
    keepMeasured({ bundle: version, adapter: adapter.name, faster, reason });
    if (faster === "wasm") {
      webgpu.retire();
      reasons.webgpu = reason;
      return report(wasm);
    }
    [reasons.wasm, reasons.webgpu] = [reason, ""];
    await replaceBy(webgpu);
  }

  /** Lets another client answer, once it has the poster. */
  async function replaceBy(next: Client): Promise<void> {
    let handed: Blob | undefined;
    do {
      handed = poster;
      await next.call("poster", handed).catch(() => {});
    } while (handed !== poster);
    const last = client;
    client = next;
    last.retire();
    report(next);
  }

  /** A graphics device may be lost at any moment: WebAssembly takes over, started once for all calls that fail. */
  let leaving: Promise<void> | undefined;
  async function leaveGpu({ message }: CallError): Promise<void> {
    try {
      const wasm = await startClient(bundle, ON_WASM);
      // The next visit measures anew.
      if (wish === "auto") keepMeasured(undefined);
      [reasons.wasm, reasons.webgpu] = ["", `it failed (${message})`];
      await replaceBy(wasm);
    } finally {
      leaving = undefined;
    }
  }

  return {
    get model() {
      return client.model;
    },
    async call(name, argument, options) {
      if (name === "poster") poster = argument as Blob | undefined;
      const asked = client;
      try {
        return await asked.call(name, argument, options);
      } catch (error) {
        const { field, cancelled } = error as CallError;
        if (asked.model.provider !== "webgpu" || field !== undefined || cancelled) throw error;
        if (options?.signal?.aborted) throw error;
        if (asked === client) {
          leaving ??= leaveGpu(error as CallError);
          await leaving.catch(() => {
            throw error;
          });
        }
        return client.call(name, argument, options);
      }
    },
  };
}

/** Says whether the user asked the browser to spare the network. */
function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}
