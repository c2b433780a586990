/** Shows what each missing input would add. */

import { INPUT_NAMES, type InputName } from "../../../predictor/movie.ts";
import { byId, create } from "../dom.ts";
import { ADD, describeGain, gainsOf } from "./missing.ts";

export function showGains(
  present: readonly InputName[],
  metrics: Readonly<Record<string, number>>,
): void {
  const missing = INPUT_NAMES.filter((input) => !present.includes(input));
  byId("gains").hidden = missing.length === 0;
  const gains = gainsOf(present, metrics);
  // A bundle without these figures still names what is missing.
  const rows: { missing: InputName; text: string }[] =
    gains.length > 0
      ? gains.map((gain) => ({ missing: gain.missing, text: describeGain(gain) }))
      : missing.map((input) => ({ missing: input, text: `${ADD[input]}.` }));
  byId("gains-list").replaceChildren(
    ...rows.map((row) => create("li", { "data-input": row.missing }, row.text)),
  );
  byId("gains-hint").textContent =
    gains.length > 0
      ? "Mean average precision of the top five genres (0 to 1), measured on test movies with all their ratings."
      : "";
}
