/** Selects and starts the tfjs backend for training. */

import { ready } from "@tensorflow/tfjs-core";
import type { Backend } from "../config/schema.ts";
import { cpu } from "./backends/cpu.ts";
import { tensorflow, tensorflowGpu } from "./backends/tensorflow.ts";
import { reasonOf, type StartedBackend, type TrainingBackend } from "./backends/trainingBackend.ts";
import { tryTraining } from "./backends/trial.ts";
import { wasm } from "./backends/wasm.ts";
import { webgpu } from "./backends/webgpu.ts";
// Registers gradients, which tfjs-core's entry for Node lacks.
import "./tfjs/additions.ts";

/** In the order in which `auto` tries them: the fastest first. */
export const TRAINING_BACKENDS: readonly TrainingBackend[] = [
  tensorflowGpu,
  tensorflow,
  webgpu,
  wasm,
  cpu,
];

export interface BackendInfo {
  /** The backend that runs; never `auto`. */
  readonly name: TrainingBackend["name"];
  /** Its name in reports, e.g. "wasm (SIMD)". */
  readonly description: string;
}

/**
 * Makes tfjs compute on a backend, after a training step with a known result has passed on it.
 *
 * @param wanted `auto` selects the first that trains correctly and is not a software adapter; a name selects that backend.
 * @param log Called with a line for the selected backend, and one for each skipped backend with the reason.
 * @throws Error with the reason and what to do, if the named backend, or with `auto` every backend, does not work here.
 */
export async function startBackend(
  wanted: Backend,
  log: (line: string) => void = () => {},
): Promise<BackendInfo> {
  if (wanted !== "auto") {
    const backend = TRAINING_BACKENDS.find(({ name }) => name === wanted)!;
    const result = await tryBackend(backend);
    if ("reason" in result) {
      throw new Error(
        `the backend ${wanted} does not work here: ${result.reason}\n  what to do: ${backend.advice}`,
      );
    }
    return select(backend, result.started);
  }
  const reasons: string[] = [];
  for (const backend of TRAINING_BACKENDS) {
    const objection = await backend.objection?.();
    const result = objection === undefined ? await tryBackend(backend) : { reason: objection };
    if ("started" in result) return select(backend, result.started);
    reasons.push(`${backend.name}: ${result.reason}`);
    log(`  backend ${backend.name} skipped: ${result.reason}`);
  }
  throw new Error(`no backend works here: ${reasons.join("; ")}`);

  function select({ name }: TrainingBackend, { description }: StartedBackend): BackendInfo {
    log(`  backend ${description}`);
    return { name, description };
  }
}

/**
 * Switches to the backend for building, exporting and checking a trained model: WASM, unless it was trained in plain
 * JavaScript. GPUs round differently, some by a thousandth, so that a parity check on them would prove nothing.
 *
 * @param trainedOn The backend that `startBackend` selected.
 */
export async function startParityBackend(trainedOn: Backend): Promise<void> {
  if (trainedOn !== "cpu" && trainedOn !== "wasm") await startBackend("wasm");
}

/** Starts a backend and runs a training step on it; if either fails, the backend is stopped again. */
export async function tryBackend(
  backend: TrainingBackend,
): Promise<{ readonly started: StartedBackend } | { readonly reason: string }> {
  let started: StartedBackend | undefined;
  try {
    started = await backend.start();
    await ready();
    const wrong = await tryTraining().catch((error: Error) => error);
    // Before the error of the step, because the device may report why the step went wrong.
    await started.settle?.();
    if (wrong) throw wrong;
    return { started };
  } catch (error) {
    started?.stop?.();
    return { reason: reasonOf(error) };
  }
}
