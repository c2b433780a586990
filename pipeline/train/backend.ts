/** Chooses and starts the tfjs backend that training runs on. */

import { ready } from "@tensorflow/tfjs-core";
import type { Backend } from "../config/schema.ts";
import { cpu } from "./backends/cpu.ts";
import { tensorflow, tensorflowGpu } from "./backends/tensorflow.ts";
import { reasonOf, type StartedBackend, type TrainingBackend } from "./backends/trainingBackend.ts";
import { tryTraining } from "./backends/trial.ts";
import { wasm } from "./backends/wasm.ts";
import { webgpu } from "./backends/webgpu.ts";
// tfjs-core's entry for Node has no gradients.
import "./tfjs/additions.ts";

/** In the order in which `auto` tries them: the fastest first. */
export const TRAINING_BACKENDS: readonly TrainingBackend[] = [
  tensorflowGpu,
  tensorflow,
  webgpu,
  wasm,
  cpu,
];

export interface ChosenBackend {
  /** The one that runs, whatever was asked for. */
  readonly name: TrainingBackend["name"];
  /** How reports name it, e.g. "wasm (SIMD)". */
  readonly description: string;
}

/**
 * Makes a backend the one that tfjs computes on, once it has passed a training step of known result.
 *
 * @param wanted `auto` takes the first that trains rightly and is no software adapter; a name takes that or fails.
 * @param say Told in one line each which backend was chosen, and why each before it was not.
 * @throws Error with the reason and what to do, if the one named does not work here, or none does.
 */
export async function startBackend(
  wanted: Backend,
  say: (line: string) => void = () => {},
): Promise<ChosenBackend> {
  if (wanted !== "auto") {
    const backend = TRAINING_BACKENDS.find(({ name }) => name === wanted)!;
    const tried = await tryBackend(backend);
    if ("reason" in tried) {
      throw new Error(
        `the backend ${wanted} does not work here: ${tried.reason}\n  what to do: ${backend.advice}`,
      );
    }
    return chosen(backend, tried.started);
  }
  const reasons: string[] = [];
  for (const backend of TRAINING_BACKENDS) {
    const objection = await backend.objection?.();
    const tried = objection === undefined ? await tryBackend(backend) : { reason: objection };
    if ("started" in tried) return chosen(backend, tried.started);
    reasons.push(`${backend.name}: ${tried.reason}`);
    say(`  backend ${backend.name} passed over: ${tried.reason}`);
  }
  throw new Error(`no backend works here: ${reasons.join("; ")}`);

  function chosen({ name }: TrainingBackend, { description }: StartedBackend): ChosenBackend {
    say(`  backend ${description}`);
    return { name, description };
  }
}

/**
 * Moves to where a trained model is built, exported and proved: WASM, unless it was trained in plain JavaScript. GPUs round
 * otherwise, some by a thousandth, and their answers would prove nothing.
 *
 * @param trainedOn As `startBackend` chose it.
 */
export async function startParityBackend(trainedOn: Backend): Promise<void> {
  if (trainedOn !== "cpu" && trainedOn !== "wasm") await startBackend("wasm");
}

/** Starts a backend and lets it train; where that fails, nothing of it stays behind. */
export async function tryBackend(
  backend: TrainingBackend,
): Promise<{ readonly started: StartedBackend } | { readonly reason: string }> {
  let started: StartedBackend | undefined;
  try {
    started = await backend.start();
    await ready();
    const wrong = await tryTraining().catch((error: Error) => error);
    // First, for it may say why the step came out wrong.
    await started.settle?.();
    if (wrong) throw wrong;
    return { started };
  } catch (error) {
    started?.stop?.();
    return { reason: reasonOf(error) };
  }
}
