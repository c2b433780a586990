/** How texts' towers are fitted at once, where they are. */

import type { FitTower } from "../../train/fitAtOnce.ts";
import { fitLinearText } from "../../train/linearText.ts";
import type { TextInput } from "./fit.ts";

/** Undefined where the tower is trained in epochs. */
export function fitText({ options }: Pick<TextInput, "options">): FitTower<TextInput> | undefined {
  return options.encoder === "linear" ? fitLinearText : undefined;
}
