/** Several values of a category: boxes to tick, or a list to which values are added where there are many. */

import type { CategorySpec } from "../../../predictor/inputs/category.ts";
import { strings } from "../../strings/strings.ts";
import { create, hiddenText, labelled } from "../dom.ts";
import type { Field, FieldContext } from "./pageType.ts";
import { createSuggestions, noteUnknown } from "./suggestions.ts";

type Context = FieldContext<CategorySpec>;
type Values = readonly string[];

export function createBoxes({ spec, label, id, onChange }: Context): Field<Values> {
  const list = create("div", { className: "boxes" });
  const boxes = new Map<string, HTMLInputElement>();
  const add = (value: string) => {
    const box = create("input", { type: "checkbox", value });
    boxes.set(value, box);
    list.append(create("label", { className: "box" }, box, value));
  };
  for (const value of spec.values) add(value);
  const note = create("p", { className: "hint", id: id("hint"), hidden: true });
  const known = new Set(spec.values);
  const read = () => nonEmpty([...boxes].filter(([, box]) => box.checked).map(([value]) => value));
  const changed = () => noteUnknown(note, read() ?? [], known);
  list.addEventListener("change", () => {
    changed();
    onChange();
  });
  const name = create("span", { className: "field-name", id: id("name") }, label);
  return {
    element: create("div", { role: "group", id: id(), "aria-labelledby": name.id }, name, list),
    hint: note,
    focus: () => [...boxes.values()][0]?.focus(),
    read,
    fill(value) {
      const chosen = valuesOf(value);
      // A link may contain values that the model does not know.
      for (const other of chosen) if (!boxes.has(other)) add(other);
      for (const [other, box] of boxes) box.checked = chosen.includes(other);
      changed();
    },
  };
}

export function createChips({ spec, label, id, onChange }: Context): Field<Values> {
  const suggestions = createSuggestions(spec.values, id("values"));
  const control = create("input", {
    id: id(),
    type: "text",
    autocomplete: "off",
    placeholder: strings.inputs.typeAndEnter,
  });
  control.setAttribute("list", suggestions.id);
  const list = create("ul", { className: "chips", id: id("chosen") });
  const note = create("p", { className: "hint", id: id("hint"), hidden: true });
  const known = new Set(spec.values);
  let chosen: Values = [];

  const set = (values: Values) => {
    chosen = [...new Set(values)];
    noteUnknown(note, chosen, known);
    list.replaceChildren(...chosen.map(chip));
  };
  const chip = (value: string) => {
    const remove = create(
      "button",
      { type: "button" },
      `${value} ×`,
      hiddenText(strings.inputs.removeValue),
    );
    remove.addEventListener("click", () => {
      set(chosen.filter((other) => other !== value));
      control.focus();
      onChange();
    });
    return create("li", {}, remove);
  };
  const take = () => {
    const value = control.value.trim();
    if (value === "") return;
    control.value = "";
    set([...chosen, value]);
    onChange();
  };
  // Choosing a suggestion is a change, and so is leaving the field.
  control.addEventListener("change", take);
  control.addEventListener("keydown", (event) => {
    if (event.key === "Enter") take();
  });
  return {
    element: create("div", {}, labelled(label, control), suggestions, list),
    control,
    hint: note,
    focus: () => control.focus(),
    read: () => nonEmpty(chosen),
    entered: () => nonEmpty([...chosen, ...[control.value.trim()].filter((typed) => typed !== "")]),
    fill: (value) => set(valuesOf(value)),
  };
}

function valuesOf(value: unknown): Values {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

function nonEmpty(values: Values): Values | undefined {
  return values.length > 0 ? values : undefined;
}
