/** The model at work, on whatever suits this device best. What happens when is decided in transition.ts, and done here. */

import type { BundleInfo, CallName, Calls, ModelInfo, Provider } from "../../worker/protocol.ts";
import { findAdapter } from "./adapter.ts";
import { CallError, type CallOptions } from "./callError.ts";
import {
  readChoice,
  readMeasurement,
  storeMeasurement,
  storeOneThread,
  threadsToStart,
} from "./choice.ts";
import { type Client, type OnLoading, startClient } from "./client.ts";
import { initialStep } from "./starting.ts";
import { startWorker } from "./startWorker.ts";
import type { Effect, EngineEvent, EngineState, Files, Report, Step } from "./state.ts";
import { isLeavingGpu, servingModel, transition } from "./transition.ts";

export interface Engine {
  /** The one that answers, or answered last. To be read once the engine was ready. */
  readonly model: ModelInfo;
  /** Waits for the model, `file` for the bundle only; after a failure, until the user tries again. @throws CallError */
  call<Name extends CallName>(
    name: Name,
    argument: Parameters<Calls[Name]>[0],
    options?: CallOptions,
  ): Promise<ReturnType<Calls[Name]>>;
  /** Loads the model once more, after `onFailed`. */
  retry(): void;
}

export interface EngineListeners {
  readonly onLoading: OnLoading;
  /** Called when the manifest is there, before the model; again where it is reloaded, or another one has to be used. */
  readonly onBundle: (bundle: BundleInfo) => void;
  /** Called as soon as one provider answers, also after a failure; another may take over later, unseen. */
  readonly onReady: () => void;
  /** Called where no provider can run the model, at the start or later. */
  readonly onFailed: (error: CallError) => void;
  /** Called at once, and again when another provider takes over. */
  readonly onReport: (model: ModelInfo, report: Report) => void;
}

/**
 * Loads the model.
 *
 * @param bundle URL of the bundle's folder, with a slash at its end.
 */
export function startEngine(bundle: string, listeners: EngineListeners): Engine {
  /** At most one of each provider at a time. */
  const clients = new Map<Provider, Client>();
  const waiting: (() => void)[] = [];
  let state: EngineState;
  let lastModel: ModelInfo | undefined;

  const take = (step: Step) => {
    state = step.state;
    lastModel = servingModel(state) ?? lastModel;
    for (const effect of step.effects) perform(effect);
    for (const wake of waiting.splice(0)) wake();
  };
  const dispatch = (event: EngineEvent) => take(transition(state, event));

  function perform(effect: Effect): void {
    if (effect.kind === "ready") listeners.onReady();
    else if (effect.kind === "fail") listeners.onFailed(effect.error as CallError);
    else if (effect.kind === "report") listeners.onReport(effect.model, effect.report);
    else if (effect.kind === "storeMeasurement") storeMeasurement(effect.measurement);
    else if (effect.kind === "storeOneThread") storeOneThread();
    else if (effect.kind === "retire") retire(effect.provider);
    else if (effect.kind === "start") start(effect);
    else void outcomeOf(effect, clients).then(dispatch);
  }

  function retire(provider: Provider): void {
    clients.get(provider)?.retire();
    clients.delete(provider);
  }

  function start({ options, showProgress }: Extract<Effect, { kind: "start" }>): void {
    retire(options.provider);
    const client = startClient(
      startWorker(options.provider),
      bundle,
      options,
      showProgress ? listeners : undefined,
    );
    clients.set(options.provider, client);
    // A provider that takes over from another one gets them later.
    if (!servingModel(state)) void handFiles(client, state.files);
    const isCurrent = () => clients.get(options.provider) === client;
    client.started.then(
      (model) => {
        if (isCurrent()) dispatch({ kind: "started", model });
      },
      (error: CallError) => {
        if (!isCurrent()) return;
        dispatch({ kind: "startFailed", error });
        // Where no provider answers, it still reads files.
        if (isCurrent() && state.phase !== "failed") retire(options.provider);
      },
    );
  }

  take(
    initialStep({
      choice: readChoice(),
      measurement: readMeasurement(),
      savesData: savesData(),
      threads: threadsToStart(),
    }),
  );
  return createEngine({
    state: () => state,
    lastModel: () => lastModel,
    clients,
    dispatch,
    changed: () => new Promise((wake) => waiting.push(wake)),
  });
}

type LastingEffect = Extract<Effect, { kind: "findAdapter" | "measure" | "handFiles" }>;

/** Does what takes time. Never rejects: failures are events, too. */
async function outcomeOf(
  effect: LastingEffect,
  clients: ReadonlyMap<Provider, Client>,
): Promise<EngineEvent> {
  switch (effect.kind) {
    case "findAdapter":
      return { kind: "adapter", adapter: await findAdapter() };
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
  readonly state: () => EngineState;
  readonly lastModel: () => ModelInfo | undefined;
  readonly clients: ReadonlyMap<Provider, Client>;
  readonly dispatch: (event: EngineEvent) => void;
  /** Resolves at the next event. */
  readonly changed: () => Promise<void>;
}

function createEngine({ state, lastModel, clients, dispatch, changed }: EngineParts): Engine {
  const serving = () => clients.get(servingModel(state())?.provider ?? "wasm");

  /** The worker that a call goes to, when there is one. */
  async function clientFor(name: CallName): Promise<Client> {
    for (;;) {
      // Files are read by a worker whose model is loading, or cannot be loaded.
      const { phase } = state();
      const client = phase === "startingGpu" ? clients.get("webgpu") : serving();
      // One that has ended says why.
      if (client && servingModel(state())) return client;
      if (client && name === "file" && !client.hasEnded()) return client;
      await changed();
    }
  }

  /** Whether a call that failed there is to be made again, elsewhere. */
  async function isReplaced(client: Client, name: CallName, error: CallError): Promise<boolean> {
    const current = servingModel(state());
    if (!current) return client.hasEnded();
    if (client !== serving()) return true;
    if (current.provider === "webgpu") {
      dispatch({ kind: "gpuFailed", error });
      while (isLeavingGpu(state())) await changed();
      return client !== serving();
    }
    // A file that is too large for the decoders' memory does not keep the model from answering.
    if (error.fault === undefined || name === "file") return false;
    dispatch({ kind: "wasmFailed", error });
    return state().phase === "failed";
  }

  return {
    get model() {
      return lastModel()!;
    },
    async call(name, argument, options) {
      const given = name === "file" ? (argument as Parameters<Calls["file"]>[0]) : undefined;
      if (given) dispatch({ kind: "fileGiven", ...given });
      for (;;) {
        const client = await clientFor(name);
        if (options?.signal?.aborted) throw cancelled();
        try {
          return await client.call(name, argument, options);
        } catch (error) {
          const { field, cancelled: isCancelled } = error as CallError;
          if (field !== undefined || isCancelled || options?.signal?.aborted) throw error;
          if (!(await isReplaced(client, name, error as CallError))) throw error;
          // Another worker already has a file that was given since.
          if (given && state().files[given.input] !== given.file) {
            throw cancelled();
          }
        }
      }
    },
    retry: () => dispatch({ kind: "retry" }),
  };
}

const cancelled = () => new CallError({ message: "cancelled", cancelled: true });

/** Says whether the user asked the browser to spare the network. */
function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}
