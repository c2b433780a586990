/** The form: a fieldset for each group of inputs, with a field for each input. */

import type { Item } from "../../../predictor/inputs/inputType.ts";
import type { InputSpec } from "../../../predictor/inputs/types.ts";
import { isNoValue } from "../../../predictor/values.ts";
import { capital } from "../../strings/capital.ts";
import type { BundleInfo } from "../../worker/protocol.ts";
import { create } from "../dom.ts";
import type { Field, GivenFile, InputContext } from "../inputs/pageType.ts";
import { pageType } from "../inputs/types.ts";
import type { LinkCodes } from "../link.ts";
import { readable } from "../wording.ts";
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
  /** What is entered, right or wrong, as a link has it: without files. */
  entered(): Item;
  /** What a reload brings back, by input, of which JSON can be made. */
  keep(): Readonly<Record<string, unknown>>;
  /** The files that were given, by input. */
  files(): ReadonlyMap<string, GivenFile>;
  /** Replaces everything by what `keep` and `files` returned. */
  restore(kept: Readonly<Record<string, unknown>>, files: ReadonlyMap<string, GivenFile>): void;
  focus(): void;
  /** Shows what is wrong beside the input; undefined: nothing is. */
  showError(name: string, message: string | undefined): void;
}

/** By the inputs' names, in the bundle's order. */
type Fields = ReadonlyMap<string, FormField>;

/** @param place In which the bundle's fields are put instead of those that are there: in a page, or in a shadow root. */
export function buildForm(
  bundle: BundleInfo,
  place: HTMLElement,
  { onChange, onGiven, give }: Pick<FormFieldOptions, "onChange" | "onGiven" | "give">,
): Form {
  place.replaceChildren();
  const root = place.getRootNode() as Document | ShadowRoot;
  const id = uniqueIds(root);
  const changed = () => {
    const item = collect(fields, readIfRight);
    for (const { field } of fields.values()) field.follow?.(item);
    onChange();
  };
  const fields: Fields = new Map(
    bundle.groups.flatMap((group) =>
      group.inputs.map((name) => [
        name,
        createFormField(name, { bundle, group, root, id, onChange: changed, onGiven, give }),
      ]),
    ),
  );
  place.append(...createFieldsets(bundle, fields));
  return {
    bundle,
    links: new Map([...fields.keys()].map((name) => [name, pageType(bundle.inputs[name]!).link])),
    context: (name) => fields.get(name)!.context,
    field: (name) => fields.get(name)!.field,
    read: () => readAll(fields, bundle),
    fill(item) {
      for (const [name, { field, showError }] of fields) {
        showError(undefined);
        field.fill(item[name]);
      }
      changed();
    },
    entered: () => collect(fields, entered),
    keep: () => collect(fields, (field) => field.keep?.() ?? entered(field)),
    files: () => new Map(Object.entries(collect(fields, ({ file }) => file?.()))),
    restore(kept, files) {
      for (const [name, { field, showError }] of fields) {
        showError(undefined);
        if (field.restore && kept[name] !== undefined) field.restore(kept[name]);
        else field.fill(files.get(name) ?? kept[name]);
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

/** An id that nothing else has there: an input may have the name of one of the page's own places. */
function uniqueIds(root: Document | ShadowRoot): FormFieldOptions["id"] {
  const others = new Set([...root.querySelectorAll("[id]")].map((element) => element.id));
  const prefix = (id: string): string => (others.has(id) ? prefix(`input-${id}`) : id);
  return (name, part) => prefix(part === undefined ? name : `${name}-${part}`);
}

/** What the fields have, by input, without what is undefined. */
function collect<Value>(
  fields: Fields,
  of: (field: Field<unknown>) => Value | undefined,
): Record<string, Value> {
  const values = [...fields].map(([name, { field }]) => [name, of(field)] as const);
  return Object.fromEntries(
    values.filter((entry): entry is [string, Value] => entry[1] !== undefined),
  );
}

/** @returns undefined where something is wrong that no link has, and for files. */
function entered(field: Field<unknown>): unknown {
  if (field.file) return undefined;
  return field.entered ? field.entered() : readIfRight(field);
}

function readAll(fields: Fields, { inputs }: BundleInfo): Item {
  const item = collect(fields, (field) => field.read());
  return Object.fromEntries(
    Object.entries(item).filter(([name, value]) => !isNoValue(value, inputs[name]!)),
  );
}

function readIfRight(field: Field<unknown>): unknown {
  try {
    return field.read();
  } catch {
    // Asking the model will say so.
    return undefined;
  }
}
