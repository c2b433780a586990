/** The model at work, on whatever suits this device best. What happens when is decided in transition.ts, and done here. */

import type { BundleInfo, CallName, Calls, ModelInfo, Provider } from "../../worker/protocol.ts";
import { findAdapter } from "./adapter.ts";
import { readChoice, readMeasurement, storeMeasurement } from "./choice.ts";
import {
  type CallError,
  type CallOptions,
  type Client,
  type OnLoading,
  startClient,
} from "./client.ts";
import type { Effect, EngineEvent, EngineState, Files, Report, Step } from "./state.ts";
import { initialStep, isLeavingGpu, servingModel, transition } from "./transition.ts";

export interface Engine {
  readonly model: ModelInfo;
  call<Name extends CallName>(
    name: Name,
    argument: Parameters<Calls[Name]>[0],
    options?: CallOptions,
  ): Promise<ReturnType<Calls[Name]>>;
}

export interface EngineListeners {
  readonly onLoading: OnLoading;
  /** Called when the manifest is there, before the model is; again where another one has to be used. */
  readonly onBundle: (bundle: BundleInfo) => void;
  /** Called at once, and again when another provider takes over. */
  readonly onReport: (model: ModelInfo, report: Report) => void;
}

/**
 * Loads the model. Resolves as soon as one provider answers; another may take over later, unseen.
 *
 * @param bundle URL of the bundle's folder, with a slash at its end.
 * @throws CallError if no provider can run it.
 */
export function startEngine(bundle: string, listeners: EngineListeners): Promise<Engine> {
  return new Promise((resolve, reject) => {
    /** At most one of each provider at a time. */
    const clients = new Map<Provider, Client>();
    const waiting: (() => void)[] = [];
    let state: EngineState;

    const take = (step: Step) => {
      state = step.state;
      for (const effect of step.effects) perform(effect);
      for (const wake of waiting.splice(0)) wake();
    };
    const dispatch = (event: EngineEvent) => take(transition(state, event));
    const serving = () => clients.get(servingModel(state)!.provider)!;
    const engine = createEngine({
      serving,
      dispatch,
      async untilReplaced() {
        while (isLeavingGpu(state)) await new Promise<void>((wake) => waiting.push(wake));
      },
    });

    function perform(effect: Effect): void {
      if (effect.kind === "ready") resolve(engine);
      else if (effect.kind === "fail") reject(effect.error);
      else if (effect.kind === "report") listeners.onReport(effect.model, effect.report);
      else if (effect.kind === "storeMeasurement") storeMeasurement(effect.measurement);
      else if (effect.kind === "retire") {
        clients.get(effect.provider)!.retire();
        clients.delete(effect.provider);
      } else {
        void outcomeOf(effect, { bundle, clients, listeners }).then(dispatch);
      }
    }

    take(
      initialStep({
        choice: readChoice(),
        measurement: readMeasurement(),
        savesData: savesData(),
      }),
    );
  });
}

type LastingEffect = Extract<Effect, { kind: "findAdapter" | "start" | "measure" | "handFiles" }>;

/** Does what takes time. Never rejects: failures are events, too. */
async function outcomeOf(
  effect: LastingEffect,
  context: { bundle: string; clients: Map<Provider, Client>; listeners: EngineListeners },
): Promise<EngineEvent> {
  const { bundle, clients, listeners } = context;
  switch (effect.kind) {
    case "findAdapter":
      return { kind: "adapter", adapter: await findAdapter() };
    case "start":
      try {
        const { options, showProgress } = effect;
        const client = await startClient(bundle, options, showProgress ? listeners : undefined);
        clients.set(options.provider, client);
        return { kind: "started", model: client.model };
      } catch (error) {
        return { kind: "startFailed", error: error as CallError };
      }
    case "measure":
      try {
        const ms = await clients.get(effect.provider)!.call("measure", undefined);
        return { kind: "measured", ms };
      } catch (error) {
        return { kind: "measureFailed", error: error as CallError };
      }
    case "handFiles":
      await handFiles(clients.get(effect.provider)!, effect.files);
      return { kind: "filesHanded" };
  }
}

async function handFiles(client: Client, files: Files): Promise<void> {
  for (const [input, file] of Object.entries(files)) {
    // What is wrong with a file was reported when the user gave it.
    await client.call("file", { input, file }).catch(() => {});
  }
}

interface EngineParts {
  readonly serving: () => Client;
  readonly dispatch: (event: EngineEvent) => void;
  /** Resolves when no other provider is about to answer in place of one that failed. */
  readonly untilReplaced: () => Promise<void>;
}

function createEngine({ serving, dispatch, untilReplaced }: EngineParts): Engine {
  return {
    get model() {
      return serving().model;
    },
    async call(name, argument, options) {
      if (name === "file") {
        dispatch({ kind: "fileGiven", ...(argument as Parameters<Calls["file"]>[0]) });
      }
      const client = serving();
      try {
        return await client.call(name, argument, options);
      } catch (error) {
        const { field, cancelled } = error as CallError;
        if (client.model.provider !== "webgpu" || field !== undefined || cancelled) throw error;
        if (options?.signal?.aborted) throw error;
        if (client === serving()) {
          dispatch({ kind: "gpuFailed", error: error as CallError });
          await untilReplaced();
          if (client === serving()) throw error;
        }
        return serving().call(name, argument, options);
      }
    },
  };
}

/** Says whether the user asked the browser to spare the network. */
function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}
