/** The answer as JSON, in the server's form, and the item as a link. */

import type { Item } from "../../../predictor/inputs/inputType.ts";
import { strings } from "../../strings/strings.ts";
import type { ItemAnswer, ModelInfo } from "../../worker/protocol.ts";
import { byId } from "../dom.ts";
import type { Form } from "../form/form.ts";
import { linkTo } from "../link.ts";
import { serverJson } from "../serverJson.ts";
import { readable } from "../wording.ts";

/** Milliseconds that a confirmation stays visible. */
const CONFIRMATION_MS = 4000;

export interface SharedAnswer {
  readonly answer: ItemAnswer;
  readonly model: ModelInfo;
  readonly item: Item;
}

/** @param current What the page shows at the moment; undefined where it shows no answer. */
export function startSharing(form: Form, current: () => SharedAnswer | undefined): void {
  const texts = strings.answer;
  const confirmation = byId("copied");
  let timer = 0;
  const confirm = (text: string) => {
    confirmation.textContent = text;
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      confirmation.textContent = "";
    }, CONFIRMATION_MS);
  };
  const copy = async (text: string, message: string) => {
    try {
      await navigator.clipboard.writeText(text);
      confirm(message);
    } catch {
      // There is no clipboard on plain HTTP, or the browser forbids it.
      window.prompt(texts.copyThis, text);
    }
  };

  byId("copy-json").addEventListener("click", () => {
    const shared = current();
    if (shared) {
      const json = serverJson(shared.answer, shared.model);
      void copy(JSON.stringify(json, undefined, 2), texts.jsonCopied);
    }
  });
  byId("copy-link").addEventListener("click", () => {
    const shared = current();
    if (!shared) return;
    const { url, tooLong, left } = linkTo(shared.item, form.links, location.href);
    const without = [
      ...tooLong.map((name) => texts.tooLong(readable(name))),
      ...left.map((name) => texts.neverLeaves(readable(name))),
    ];
    void copy(url, without.length > 0 ? texts.linkCopiedWithout(without) : texts.linkCopied);
  });
}
