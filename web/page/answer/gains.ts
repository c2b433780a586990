/** Shows what each missing group of inputs would add. */

import { byId, create } from "../dom.ts";
import { hueOf } from "../form/form.ts";
import { addIt, describeGain, gainsOf, type Measured } from "./missing.ts";

export function showGains(present: readonly string[], measured: Measured): void {
  const { groups, figure, how } = measured;
  const missing = groups.filter((group) => !present.includes(group));
  byId("gains").hidden = missing.length === 0;
  const gains = gainsOf(present, measured);
  // A bundle without these figures still names what is missing.
  const rows =
    gains.length > 0
      ? gains.map((gain) => ({ group: gain.missing, text: describeGain(gain, figure) }))
      : missing.map((group) => ({ group, text: `${addIt(group)}.` }));
  byId("gains-list").replaceChildren(
    ...rows.map(({ group, text }) => {
      const row = create("li", { "data-input": group }, text);
      row.style.setProperty("--hue", hueOf(groups.indexOf(group)));
      return row;
    }),
  );
  byId("gains-hint").textContent = gains.length > 0 ? `${figure.meaning}${how}.` : "";
}
