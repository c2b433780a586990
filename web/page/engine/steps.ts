/** What the engine's steps have in common. */

import { strings } from "../../strings/strings.ts";
import type { ModelInfo, Provider } from "../../worker/protocol.ts";
import type { Effect, EngineState, Measurement, Report, Step } from "./state.ts";

export type In<Phase extends EngineState["phase"]> = Extract<EngineState, { phase: Phase }>;

export const RETIRE_GPU: Effect = { kind: "retire", provider: "webgpu" };

export const stay = (state: EngineState): Step => ({ state, effects: [] });

export const triedBut = ({ error }: { error: Error }) => strings.engine.triedBut(error.message);

/** What a measurement is stored by: browsers compute no version on pages that came over plain HTTP. */
export const bundleOf = ({ version, name }: ModelInfo) => version ?? name;

/** Why the faster provider is used, in words. */
export function timesOf({ wasmMs, gpuMs }: Measurement): string {
  return strings.engine.times(wasmMs, gpuMs);
}

export function reportOn(state: EngineState, model: ModelInfo): Effect {
  const of = (provider: Provider) => ({
    used: model.provider === provider,
    text: state.reasons[provider],
  });
  const report: Report = { wasm: of("wasm"), webgpu: of("webgpu") };
  return { kind: "report", model, report };
}
