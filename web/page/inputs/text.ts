/** Texts: a line, or an area where texts are long. */

import type { TextSpec } from "../../../predictor/inputs/text.ts";
import { isBlankText } from "../../../predictor/preprocess/title.ts";
import { create, labelled } from "../dom.ts";
import { quoted } from "../wording.ts";
import type { PageType } from "./pageType.ts";
import { createWords } from "./words.ts";

/** The model reads more words than this of texts that are longer than a line. */
const LINE_WORDS = 32;
const AREA_ROWS = 6;

export const text = {
  createField({ spec, label, placeholder = "", id, onChange }) {
    const isLong = spec.maxWords > LINE_WORDS;
    const properties = { id: id(), placeholder, autocomplete: "off", spellcheck: false };
    const control = isLong
      ? create("textarea", { ...properties, rows: AREA_ROWS })
      : create("input", { ...properties, type: "text" });
    control.addEventListener("input", onChange);
    return {
      element: labelled(label, control),
      control,
      focus: () => control.focus(),
      read: () => (isBlankText(control.value) ? undefined : control.value),
      fill(value) {
        control.value = (value as string | undefined) ?? "";
      },
    };
  },

  inWords: (value) => quoted(value),

  link: { write: (value) => value, read: (value) => value },

  createExplanation: createWords,
} satisfies PageType<TextSpec, string>;
