/** The table of the types of targets for answers and commands: the only place in serve/ that lists them. */

import type { AnswerOption } from "../../../predictor/answerTypes.ts";
import type { Manifest } from "../../../predictor/manifest.ts";
import { nounsOf } from "../../../predictor/nouns.ts";
import { type TargetSpec, targetTypeOf } from "../../../predictor/targets/types.ts";
import { classTarget } from "./class.ts";
import { labels } from "./labels.ts";
import { numberTarget } from "./number.ts";
import type { ServedTarget } from "./servedTarget.ts";

const TYPES = { labels, class: classTarget, number: numberTarget };

/** What answers and commands have to know of a target's type. */
export function servedTarget({ type }: TargetSpec): ServedTarget<TargetSpec> {
  return TYPES[type] as unknown as ServedTarget<TargetSpec>;
}

/** What a bundle predicts of items, in texts: "genres". */
export function subjectOf(manifest: Pick<Manifest, "inputs" | "nouns" | "target">): string {
  return servedTarget(manifest.target).subject(manifest.target, nounsOf(manifest));
}

/** Whether answers of the target have an option. */
export function hasOption(target: TargetSpec, option: AnswerOption): boolean {
  return targetTypeOf(target).options.includes(option);
}
