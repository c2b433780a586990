/** Errors of the model, beside the field that caused them. */

import type { InputError } from "../../../predictor/errors.ts";
import type { CallError } from "../engine/callError.ts";
import { pageType } from "../inputs/types.ts";
import { sentenceOn } from "../wording.ts";
import type { Form } from "./form.ts";

/** @returns Whether the error is that of a field. */
export function showFieldError(
  form: Form,
  { field, detail }: Pick<CallError | InputError, "field" | "detail">,
): boolean {
  const [, name = "", place = ""] = /^(\w+)(.*)$/.exec(field ?? "") ?? [];
  const spec = form.bundle.inputs[name];
  if (!spec) return false;
  const { describeError } = pageType(spec);
  form.showError(
    name,
    describeError?.(place, detail!) ?? sentenceOn(form.context(name).noun, detail!),
  );
  return true;
}
