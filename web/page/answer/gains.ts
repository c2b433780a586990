/** Says what the inputs that are missing would add. */

import { MODALITIES, type Modality } from "../../../predictor/predictor.ts";
import { byId, create } from "../dom.ts";
import { gainsOf } from "./missing.ts";

/** Smaller changes of mAP@5 are within the figure's own uncertainty. */
const WORTHWHILE = 0.01;

const ADD: Readonly<Record<Modality, string>> = {
  title: "Add the title",
  poster: "Add the poster",
  ratings: "Add ratings",
};

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
      ? gains.map(({ missing, before, after }) => ({
          missing,
          text:
            after - before >= WORTHWHILE
              ? `${ADD[missing]}: the ranking's precision rises from ${before.toFixed(2)} to ${after.toFixed(2)}.`
              : `${ADD[missing]}: the ranking's precision hardly changes (${before.toFixed(2)} to ${after.toFixed(2)}).`,
        }))
      : missing.map((modality) => ({ missing: modality, text: `${ADD[modality]}.` }));
  byId("gains-list").replaceChildren(
    ...rows.map((row) => create("li", { "data-modality": row.missing }, row.text)),
  );
  byId("gains-hint").textContent =
    gains.length > 0
      ? "Mean average precision of the first five genres, 0 to 1, measured on test movies with all their ratings."
      : "";
}
