/** Numbers, typed, or found in a text of another input. */

import type { NumberSpec } from "../../../predictor/inputs/number.ts";
import { isAccepted, textFinder } from "../../../predictor/preprocess/number.ts";
import { toNumber } from "../../../predictor/values.ts";
import { strings } from "../../strings/strings.ts";
import { create, labelled } from "../dom.ts";
import type { PageType } from "./pageType.ts";
import { readTyped, toTyped } from "./typedNumber.ts";

export const number = {
  createField({ name, spec, label, noun, nounOf, placeholder = rangeOf(spec), id, onChange }) {
    const control = create("input", {
      id: id(),
      type: "text",
      inputMode: spec.whole && (spec.min ?? -1) >= 0 ? "numeric" : "text",
      autocomplete: "off",
      placeholder,
    });
    control.addEventListener("input", onChange);
    const find = spec.from && textFinder(spec.from.pattern);
    const note = create("p", { className: "hint", id: id("hint"), hidden: true });
    return {
      element: labelled(label, control),
      isShort: true,
      control,
      hint: note,
      focus: () => control.focus(),
      read: () => readTyped(name, spec, control.value.trim()),
      entered: () => control.value.trim() || undefined,
      fill(value) {
        control.value = toTyped(spec, value);
      },
      follow(item) {
        if (!spec.from) return;
        const found = toNumber(find?.(item[spec.from.input])) ?? Number.NaN;
        note.hidden = control.value.trim() !== "" || !isAccepted(found, spec);
        note.textContent = note.hidden
          ? ""
          : strings.inputs.readFrom(noun, nounOf(spec.from.input), found);
      },
    };
  },

  inWords: (value, noun) => strings.inputs.nounAndValue(noun, String(value)),

  link: { write: String, read: (text) => text },
} satisfies PageType<NumberSpec, number>;

/** Where the manifest has it. */
function rangeOf({ min, max }: NumberSpec): string {
  return min === undefined || max === undefined ? "" : strings.inputs.range(min, max);
}
