/** The form: a fieldset for each group of inputs, with a field for each input. */

import type { Item } from "../../../predictor/inputs/inputType.ts";
import type { InputSpec } from "../../../predictor/inputs/types.ts";
import type { BundleInfo } from "../../worker/protocol.ts";
import { byId, create } from "../dom.ts";
import type { Field, InputContext } from "../inputs/pageType.ts";
import { pageType } from "../inputs/types.ts";
import type { LinkCodes } from "../link.ts";
import { capital, readable } from "../wording.ts";
import { createFormField, type FormField, type FormFieldOptions } from "./formField.ts";

/** Colours by group, see colours.css; they repeat. */
const HUES = 6;

export interface Form {
  readonly bundle: BundleInfo;
  readonly links: LinkCodes;
  context(name: string): InputContext<InputSpec>;
  field(name: string): Field<unknown>;
  /** What is entered. @throws InputError naming the input that is wrong. */
  read(): Item;
  /** Replaces everything. */
  fill(item: Item): void;
  focus(): void;
  /** Shows what is wrong beside the input; undefined: nothing is. */
  showError(name: string, message: string | undefined): void;
}

/** By the inputs' names, in the bundle's order. */
type Fields = ReadonlyMap<string, FormField>;

/** Puts the bundle's fields on the page, in place of those that are there. */
export function buildForm(
  bundle: BundleInfo,
  { onChange, give }: Pick<FormFieldOptions, "onChange" | "give">,
): Form {
  byId("fields").replaceChildren();
  const id = uniqueIds();
  const changed = () => {
    const item = readWhatIsRight(fields);
    for (const { field } of fields.values()) field.follow?.(item);
    onChange();
  };
  const fields: Fields = new Map(
    bundle.groups.flatMap((group) =>
      group.inputs.map((name) => [
        name,
        createFormField(name, { bundle, group, id, onChange: changed, give }),
      ]),
    ),
  );
  byId("fields").append(...createFieldsets(bundle, fields));
  return {
    bundle,
    links: new Map([...fields.keys()].map((name) => [name, pageType(bundle.inputs[name]!).link])),
    context: (name) => fields.get(name)!.context,
    field: (name) => fields.get(name)!.field,
    read: () => readAll(fields),
    fill(item) {
      for (const [name, { field, showError }] of fields) {
        showError(undefined);
        field.fill(item[name]);
      }
      changed();
    },
    focus: () => [...fields.values()][0]?.field.focus(),
    showError: (name, message) => fields.get(name)!.showError(message),
  };
}

function createFieldsets({ groups }: BundleInfo, fields: Fields): HTMLFieldSetElement[] {
  return groups.map(({ name, inputs }, position) => {
    const own = inputs.map((input) => fields.get(input)!);
    const fieldset = create(
      "fieldset",
      { className: "card", "data-input": name },
      create("legend", {}, capital(readable(name))),
      create("div", { className: "field-row" }, ...own.map(({ field }) => field.element)),
      ...own.flatMap(({ field }) => field.hint ?? []),
      ...own.map(({ error }) => error),
    );
    fieldset.style.setProperty("--hue", hueOf(position));
    return fieldset;
  });
}

/** The colour of a group of inputs, by its position. */
export function hueOf(group: number): string {
  return `var(--hue-${group % HUES})`;
}

/** An id that nothing on the page has: an input may have the name of one of the page's own places. */
function uniqueIds(): FormFieldOptions["id"] {
  const others = new Set([...document.querySelectorAll("[id]")].map((element) => element.id));
  const prefix = (id: string): string => (others.has(id) ? prefix(`input-${id}`) : id);
  return (name, part) => prefix(part === undefined ? name : `${name}-${part}`);
}

function readAll(fields: Fields): Item {
  const values = [...fields].map(([name, { field }]) => [name, field.read()] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Without the fields in which something is wrong. */
function readWhatIsRight(fields: Fields): Item {
  const item: Record<string, unknown> = {};
  for (const [name, { field }] of fields) {
    try {
      item[name] = field.read();
    } catch {
      // Asking the model will say so.
    }
  }
  return item;
}
