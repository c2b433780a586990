/** What the engine's steps have in common. */

import type { ModelInfo, Provider } from "../../worker/protocol.ts";
import type { Effect, EngineState, Report, Step } from "./state.ts";

export type In<Phase extends EngineState["phase"]> = Extract<EngineState, { phase: Phase }>;

export const RETIRE_GPU: Effect = { kind: "retire", provider: "webgpu" };

export const stay = (state: EngineState): Step => ({ state, effects: [] });

export const triedBut = ({ error }: { error: Error }) => `tried, but ${error.message}`;

/** What a measurement is stored by: browsers compute no version on pages that came over plain HTTP. */
export const bundleOf = ({ version, name }: ModelInfo) => version ?? name;

export function reportOn(state: EngineState, model: ModelInfo): Effect {
  const of = (provider: Provider) => ({
    used: model.provider === provider,
    text: state.reasons[provider],
  });
  const report: Report = { wasm: of("wasm"), webgpu: of("webgpu") };
  return { kind: "report", model, report };
}
