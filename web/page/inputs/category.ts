/** Categories: a list to choose from, or a line with suggestions where there are many. */

import type { CategorySpec } from "../../../predictor/inputs/category.ts";
import { strings } from "../../strings/strings.ts";
import { create, labelled } from "../dom.ts";
import { createBoxes, createChips } from "./categoryList.ts";
import { readParts, writeParts } from "./linkText.ts";
import type { Field, FieldContext, PageType } from "./pageType.ts";
import { createSuggestions, noteUnknown } from "./suggestions.ts";

/** Most values that are all shown at once. */
const FEW = 30;

/** One value, or a list where an item may have several. */
type Value = string | readonly string[];

export const category = {
  createField(context) {
    const { values, maxValues } = context.spec;
    const isFew = values.length <= FEW;
    if (maxValues === 1) return isFew ? createSelect(context) : createLine(context);
    return isFew ? createBoxes(context) : createChips(context);
  },

  inWords: (value, noun) =>
    strings.inputs.nounAndValue(noun, typeof value === "string" ? value : value.join(" + ")),

  link: {
    write: (value) => writeParts([typeof value === "string" ? [value] : value]),
    read: (text, name) => readParts(text, name)[0],
  },

  describeError: (place, detail) =>
    place === "" ? undefined : strings.inputs.valueIs(Number(place.slice(1, -1)) + 1, detail),
} satisfies PageType<CategorySpec, Value>;

/** The first of what a link or an example has. */
function single(value: unknown): string {
  return String((Array.isArray(value) ? value[0] : value) ?? "");
}

function createSelect({ spec, label, id, onChange }: FieldContext<CategorySpec>): Field<Value> {
  const control = create("select", { id: id() });
  const option = (value: string) => create("option", { value }, value);
  control.append(
    create("option", { value: "" }, strings.inputs.notKnown),
    ...spec.values.map(option),
  );
  const note = create("p", { className: "hint", id: id("hint"), hidden: true });
  const read = () => control.value || undefined;
  const known = new Set(spec.values);
  control.addEventListener("change", () => {
    noteUnknown(note, [read()], known);
    onChange();
  });
  return {
    element: labelled(label, control),
    control,
    hint: note,
    focus: () => control.focus(),
    read,
    fill(value) {
      const chosen = single(value);
      // A link may contain a value that the model does not know.
      if (chosen !== "" && !known.has(chosen)) control.append(option(chosen));
      control.value = chosen;
      noteUnknown(note, [read()], known);
    },
  };
}

function createLine({ spec, label, id, onChange }: FieldContext<CategorySpec>): Field<Value> {
  const suggestions = createSuggestions(spec.values, id("values"));
  const control = create("input", { id: id(), type: "text", autocomplete: "off" });
  control.setAttribute("list", suggestions.id);
  const note = create("p", { className: "hint", id: id("hint"), hidden: true });
  const read = () => control.value.trim() || undefined;
  const known = new Set(spec.values);
  const changed = () => {
    noteUnknown(note, [read()], known);
    onChange();
  };
  control.addEventListener("input", changed);
  return {
    element: create("div", {}, labelled(label, control), suggestions),
    control,
    hint: note,
    focus: () => control.focus(),
    read,
    fill(value) {
      control.value = single(value);
      noteUnknown(note, [read()], known);
    },
  };
}
