/** An input of the form: its field, by its type, and what is wrong with it. */

import type { InputSpec } from "../../../predictor/inputs/types.ts";
import { capital } from "../../strings/capital.ts";
import { strings } from "../../strings/strings.ts";
import type { BundleInfo, FileInfo, InputGroup } from "../../worker/protocol.ts";
import { create } from "../dom.ts";
import { wordsFor } from "../examples/words.ts";
import type { Field, InputContext } from "../inputs/pageType.ts";
import { pageType } from "../inputs/types.ts";
import { readable } from "../wording.ts";

export interface FormField {
  readonly field: Field<unknown>;
  readonly context: InputContext<InputSpec>;
  /** Shown below the fields of the group. */
  readonly error: HTMLElement;
  /** @param message undefined: nothing is wrong. */
  showError(message: string | undefined): void;
}

export interface FormFieldOptions {
  readonly bundle: BundleInfo;
  /** The group that the input belongs to. */
  readonly group: InputGroup;
  /** What the form is in. */
  readonly root: Document | ShadowRoot;
  readonly id: (name: string, part?: string) => string;
  readonly onChange: () => void;
  readonly onGiven: () => void;
  /** Hands a file to the model. @throws CallError */
  readonly give: (
    input: string,
    file: Blob | undefined,
    onProgress: (done: number, total: number) => void,
  ) => Promise<FileInfo | undefined>;
}

export function createFormField(name: string, options: FormFieldOptions): FormField {
  const { bundle, group, root, id, onChange, onGiven, give } = options;
  const words = wordsFor(bundle);
  const context: InputContext<InputSpec> = {
    name,
    spec: bundle.inputs[name]!,
    noun: readable(name),
    nouns: bundle.nouns,
    id: (part) => id(name, part),
  };
  const error = create("p", { className: "error", id: id(name, "error"), role: "alert" });
  const showError = (message: string | undefined) => {
    if (error.textContent !== (message ?? "")) error.textContent = message ?? "";
    if (message === undefined) field.control?.removeAttribute("aria-invalid");
    else field.control?.setAttribute("aria-invalid", "true");
  };
  // So that a label does not only repeat the legend above it.
  const label =
    name === group.name
      ? strings.inputs.labelOf(bundle.nouns.item, context.noun)
      : capital(context.noun);
  const field: Field<unknown> = pageType(context.spec).createField({
    ...context,
    label,
    root,
    nounOf: readable,
    placeholder: words.placeholders[name],
    hint: words.hints[name],
    onChange() {
      showError(undefined);
      onChange();
    },
    onGiven,
    showError,
    give: (file, onProgress) => give(name, file, onProgress),
  });
  field.element.classList.toggle("short", field.isShort === true);
  field.control?.setAttribute("aria-describedby", describedBy(error, field.hint));
  return { field, context, error, showError };
}

function describedBy(...elements: (HTMLElement | undefined)[]): string {
  return elements.flatMap((element) => (element?.id ? [element.id] : [])).join(" ");
}
