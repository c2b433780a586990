/** Fills the form from the item in the page's address. */

import { InputError } from "../../../predictor/errors.ts";
import { fromFragment } from "../link.ts";
import type { Form } from "./form.ts";

/** @param form The one that is on the page at the time. */
export function startLink(form: () => Form | undefined): void {
  window.addEventListener("hashchange", () => {
    const current = form();
    if (current) readLink(current);
  });
}

export function readLink(form: Form): void {
  try {
    const item = fromFragment(location.hash, form.links);
    if (item) form.fill(item);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    form.showError(error.field, error.detail);
  }
}
