/** The table of the types of targets for the page: the only place in web/ that lists them. */

import type { TargetSpec } from "../../../predictor/targets/types.ts";
import { classTarget } from "./class.ts";
import { labels } from "./labels.ts";
import { numberTarget } from "./number.ts";
import type { PageTarget } from "./targetView.ts";

const TYPES = { labels, class: classTarget, number: numberTarget };

/** How the page speaks of what is predicted. */
export function pageTarget({ type }: TargetSpec): PageTarget<TargetSpec> {
  return TYPES[type] as unknown as PageTarget<TargetSpec>;
}
