/** How images' towers are fitted at once, where they are. */

import type { ImageInput } from "../../model/modelInputs.ts";
import type { FitTower } from "../../train/fitAtOnce.ts";
import { fitLinearImage } from "../../train/linearImage.ts";

/** Undefined where the tower is trained in epochs. */
export function fitImage({
  options,
}: Pick<ImageInput, "options">): FitTower<ImageInput> | undefined {
  return options.head === "linear" ? fitLinearImage : undefined;
}
