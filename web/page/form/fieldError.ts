/** Errors of the model, beside the field that caused them. */

import type { InputError } from "../../../predictor/errors.ts";
import { strings } from "../../strings/strings.ts";
import type { CallError } from "../engine/callError.ts";
import { pageType } from "../inputs/types.ts";
import { detailOf } from "../problems.ts";
import type { Form } from "./form.ts";

/** @returns Whether the error is that of a field. */
export function showFieldError(form: Form, error: CallError | InputError): boolean {
  const { field } = error;
  const [, name = "", place = ""] = /^(\w+)(.*)$/.exec(field ?? "") ?? [];
  const spec = form.bundle.inputs[name];
  if (!spec) return false;
  const detail = detailOf(error)!;
  const { describeError } = pageType(spec);
  form.showError(
    name,
    describeError?.(place, detail) ?? strings.answer.sentenceOn(form.context(name).noun, detail),
  );
  return true;
}
