/** Says what the inputs that are missing would add. */

import { MODALITIES, type Modality } from "../../../predictor/predictor.ts";
import { byId, create } from "../dom.ts";
import { ADD, describeGain, gainsOf } from "./missing.ts";

export function showGains(
  present: readonly Modality[],
  metrics: Readonly<Record<string, number>>,
): void {
  const missing = MODALITIES.filter((modality) => !present.includes(modality));
  byId("gains").hidden = missing.length === 0;
  const gains = gainsOf(present, metrics);
  // Figures or not, what is missing is named.
  const rows: { missing: Modality; text: string }[] =
    gains.length > 0
      ? gains.map((gain) => ({ missing: gain.missing, text: describeGain(gain) }))
      : missing.map((modality) => ({ missing: modality, text: `${ADD[modality]}.` }));
  byId("gains-list").replaceChildren(
    ...rows.map((row) => create("li", { "data-modality": row.missing }, row.text)),
  );
  byId("gains-hint").textContent =
    gains.length > 0
      ? "Mean average precision of the first five genres, 0 to 1, measured on test movies with all their ratings."
      : "";
}
