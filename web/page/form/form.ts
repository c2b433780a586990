/** The form: a fieldset for each group of inputs, with a field for each input. */

import type { Item } from "../../../predictor/inputs/inputType.ts";
import type { InputSpec } from "../../../predictor/inputs/types.ts";
import type { BundleInfo, FileInfo, InputGroup } from "../../worker/protocol.ts";
import { byId, create } from "../dom.ts";
import { wordsFor } from "../examples/words.ts";
import type { Field, FieldContext, InputContext } from "../inputs/pageType.ts";
import { pageType } from "../inputs/types.ts";
import type { LinkCodes } from "../link.ts";
import { capital, readable } from "../wording.ts";

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

export interface FormHost {
  readonly onChange: () => void;
  /** Hands a file to the model. @throws CallError */
  readonly give: (input: string, file: Blob | undefined) => Promise<FileInfo | undefined>;
}

/** Puts the bundle's fields on the page, in place of those that are there. */
export function buildForm(bundle: BundleInfo, { onChange, give }: FormHost): Form {
  const place = byId("fields");
  place.replaceChildren();
  const id = uniqueIds();
  const words = wordsFor(bundle);
  const errors = new Map<string, HTMLElement>();
  const fields = new Map<string, Field<unknown>>();
  const nounOf = (name: string) => readable(name);

  const context = (name: string): InputContext<InputSpec> => ({
    name,
    spec: bundle.inputs[name]!,
    noun: nounOf(name),
    nouns: bundle.nouns,
    id: (part) => id(name, part),
  });
  const changed = () => {
    const item = readWhatIsRight(fields);
    for (const { follow } of fields.values()) follow?.(item);
    onChange();
  };
  const showError = (name: string, message: string | undefined) => {
    const error = errors.get(name)!;
    if (error.textContent !== (message ?? "")) error.textContent = message ?? "";
    const control = fields.get(name)?.control;
    if (message === undefined) control?.removeAttribute("aria-invalid");
    else control?.setAttribute("aria-invalid", "true");
  };
  const addField = (name: string, group: InputGroup): Field<unknown> => {
    const noun = nounOf(name);
    // So that a label does not only repeat the legend above it.
    const label = name === group.name ? `${bundle.nouns.item} ${noun}` : noun;
    errors.set(name, create("p", { className: "error", id: id(name, "error"), role: "alert" }));
    const options: FieldContext<InputSpec> = {
      ...context(name),
      label: capital(label),
      nounOf,
      placeholder: words.placeholders[name],
      hint: words.hints[name],
      onChange() {
        showError(name, undefined);
        changed();
      },
      showError: (message) => showError(name, message),
      give: (file) => give(name, file),
    };
    const field = pageType(options.spec).createField(options);
    field.control?.setAttribute("aria-describedby", describedBy(field, errors.get(name)!));
    fields.set(name, field);
    return field;
  };

  for (const [g, group] of bundle.groups.entries()) {
    const own = group.inputs.map((name) => addField(name, group));
    const row = create("div", { className: "field-row" }, ...own.map(({ element }) => element));
    for (const { element, isShort } of own) element.classList.toggle("short", isShort === true);
    const fieldset = create(
      "fieldset",
      { className: "card", "data-input": group.name },
      create("legend", {}, capital(readable(group.name))),
      row,
      ...own.flatMap(({ hint }) => (hint ? [hint] : [])),
      ...group.inputs.map((name) => errors.get(name)!),
    );
    fieldset.style.setProperty("--hue", hueOf(g));
    place.append(fieldset);
  }

  return {
    bundle,
    links: new Map([...fields.keys()].map((name) => [name, pageType(bundle.inputs[name]!).link])),
    context,
    field: (name) => fields.get(name)!,
    read: () => readAll(fields),
    fill(item) {
      for (const [name, field] of fields) {
        showError(name, undefined);
        field.fill(item[name]);
      }
      changed();
    },
    focus: () => [...fields.values()][0]?.focus(),
    showError,
  };
}

/** The colour of a group of inputs, by its position. */
export function hueOf(group: number): string {
  return `var(--hue-${group % HUES})`;
}

/** An id that nothing on the page has: an input may have the name of one of the page's own places. */
function uniqueIds(): (name: string, part?: string) => string {
  const others = new Set([...document.querySelectorAll("[id]")].map((element) => element.id));
  const prefix = (id: string): string => (others.has(id) ? prefix(`input-${id}`) : id);
  return (name, part) => prefix(part === undefined ? name : `${name}-${part}`);
}

function describedBy({ hint }: Field<unknown>, error: HTMLElement): string {
  return [error, hint].flatMap((element) => (element?.id ? [element.id] : [])).join(" ");
}

function readAll(fields: ReadonlyMap<string, Field<unknown>>): Item {
  const values = [...fields].map(([name, field]) => [name, field.read()] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Without the fields in which something is wrong. */
function readWhatIsRight(fields: ReadonlyMap<string, Field<unknown>>): Item {
  const item: Record<string, unknown> = {};
  for (const [name, field] of fields) {
    try {
      item[name] = field.read();
    } catch {
      // The answer's place will say so.
    }
  }
  return item;
}
