/** The table of the types of targets: the only place that lists them. */

import * as z from "zod";
import { type ClassSpec, classTarget } from "./class.ts";
import { type LabelsSpec, labels } from "./labels.ts";
import { type NumberTargetSpec, numberTarget } from "./number.ts";
import type { TargetType } from "./targetType.ts";

const TYPES = { labels, class: classTarget, number: numberTarget };

/** What a bundle predicts. */
export type TargetSpec = LabelsSpec | ClassSpec | NumberTargetSpec;

/** Schema of the manifest's `target`. */
export const targetSpec: z.ZodType<TargetSpec> = z.discriminatedUnion("type", [
  labels.spec,
  classTarget.spec,
  numberTarget.spec,
]);

/** The rules of a target's type. */
export function targetTypeOf({ type }: TargetSpec): TargetType<TargetSpec> {
  return TYPES[type] as unknown as TargetType<TargetSpec>;
}
