/** Numbers, typed, or found in a text of another input. */

import { InputError } from "../../../predictor/errors.ts";
import type { NumberSpec } from "../../../predictor/inputs/number.ts";
import { issueOf } from "../../../predictor/issues.ts";
import { checkNumber, isAccepted, textFinder } from "../../../predictor/preprocess/number.ts";
import { strings } from "../../strings/strings.ts";
import { create, labelled } from "../dom.ts";
import type { PageType } from "./pageType.ts";

/** As people type numbers; what the browser's own field does not take, it does not show, either. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

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
      read: () => readNumber(name, spec, control.value.trim()),
      entered: () => control.value.trim() || undefined,
      fill(value) {
        control.value = value === undefined ? "" : String(value);
      },
      follow(item) {
        if (!spec.from) return;
        const found = Number(find?.(item[spec.from.input]));
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

function readNumber(name: string, spec: NumberSpec, text: string): number | undefined {
  if (text === "") return undefined;
  if (!NUMBER.test(text) || (spec.whole && !/^[+-]?\d+$/.test(text))) {
    throw new InputError(name, issueOf("notNumberText", { text, whole: spec.whole }));
  }
  return checkNumber(name, spec, Number(text));
}
