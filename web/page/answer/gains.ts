/** What the inputs that are missing would add, by the figures that the bundle's own evaluation measured. */

import { MODALITIES, type Modality } from "../../../predictor/predictor.ts";
import { byId, create } from "../dom.ts";

/** Key of mAP@5 over the test movies, from these inputs. */
function keyOf(inputs: readonly Modality[]): string {
  return inputs.length === MODALITIES.length ? "map@5" : `map@5 ${inputs.join(" + ")}`;
}

export interface Gain {
  readonly missing: Modality;
  /** mAP@5 from what is there, and with the missing one besides. */
  readonly now: number;
  readonly then: number;
}

/** @returns Those that the bundle has figures for, the largest gain first. */
export function gainsOf(
  present: readonly Modality[],
  metrics: Readonly<Record<string, number>>,
): Gain[] {
  const now = metrics[keyOf(present)];
  if (present.length === 0 || now === undefined) return [];
  return MODALITIES.filter((modality) => !present.includes(modality))
    .flatMap((missing) => {
      const together = MODALITIES.filter((m) => m === missing || present.includes(m));
      const then = metrics[keyOf(together)];
      return then === undefined ? [] : [{ missing, now, then }];
    })
    .sort((a, b) => b.then - a.then);
}

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
      ? gains.map(({ missing, now, then }) => ({
          missing,
          text:
            then > now
              ? `${ADD[missing]}: the ranking's precision on test movies rises from ${now.toFixed(2)} to ${then.toFixed(2)}.`
              : `${ADD[missing]}: on test movies it changed little (${now.toFixed(2)} to ${then.toFixed(2)}).`,
        }))
      : missing.map((modality) => ({ missing: modality, text: `${ADD[modality]}.` }));
  byId("gains-list").replaceChildren(
    ...rows.map((row) => create("li", { "data-modality": row.missing }, row.text)),
  );
  byId("gains-hint").textContent =
    gains.length > 0 ? "Mean average precision of the first five genres, at most 1." : "";
}
