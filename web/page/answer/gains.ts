/** Shows what each missing group of inputs would add. */

import { byId, create } from "../dom.ts";
import { hueOf } from "../form/form.ts";
import { addIt, describeGain, type Given, gainsOf, type Measured } from "./missing.ts";

/** @param how Completes what the figure means: " with all their ratings". */
export function showGains(given: Given, measured: Measured, how: string): void {
  const { groups, figure } = measured;
  const missing = groups.filter((group) => !given.groups.includes(group));
  const gains = gainsOf(given, measured);
  byId("gains").hidden = missing.length === 0 && gains.length === 0;
  // A bundle without these figures still names what is missing.
  const rows =
    gains.length > 0
      ? gains.map((gain) => ({ group: gain.group, text: describeGain(gain, figure) }))
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
