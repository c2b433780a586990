/** The answer, kept up to date with the form: asked for when the form has not changed for a moment. */

import type { InputError } from "../../../predictor/errors.ts";
import type { ItemAnswer } from "../../worker/protocol.ts";
import { byId } from "../dom.ts";
import type { CallError } from "../engine/callError.ts";
import type { Engine } from "../engine/engine.ts";
import { showFieldError } from "../form/fieldError.ts";
import type { Form } from "../form/form.ts";
import { startSharing } from "./share.ts";
import { type AnswerView, createAnswerView } from "./view.ts";

/** Milliseconds without a change after which the model is asked. */
const ASK_DELAY = 120;

export interface AnswerLoop {
  /** To be called when the form has changed. */
  readonly formChanged: () => void;
}

/** @param onAnswer Told of every answer that is shown; undefined where nothing is entered. */
export function startAnswer(
  form: Form,
  engine: Engine,
  onAnswer: (answer: ItemAnswer | undefined) => void = () => {},
): AnswerLoop {
  const view = createAnswerView(form, (input, options) =>
    engine.call("occlude", { item: form.read(), input }, options),
  );
  startSharing(form, () => {
    const shown = view.current();
    return shown && { ...shown, model: engine.model };
  });

  let timer = 0;
  /** Counts requests: an answer to an earlier one is dropped. */
  let latest = 0;
  async function ask(): Promise<void> {
    const turn = ++latest;
    try {
      const item = form.read();
      const answer = Object.keys(item).length > 0 ? await engine.call("answer", item) : undefined;
      if (turn !== latest) return;
      showProblem(undefined);
      const isKnown = answer && Object.keys(answer.explanation.inputs).length > 0;
      if (isKnown) view.show({ answer, item });
      else view.clear();
      onAnswer(isKnown ? answer : undefined);
    } catch (error) {
      if (turn === latest) showFailure(form, view, error as CallError | InputError);
    }
    if (turn === latest) setBusy(false);
  }

  byId("idle").hidden = false;
  void ask();
  return {
    formChanged() {
      setBusy(true);
      latest++;
      clearTimeout(timer);
      timer = window.setTimeout(() => void ask(), ASK_DELAY);
    },
  };
}

/** For screen readers, and for scripts that wait for the answer to what the form holds now. */
function setBusy(busy: boolean): void {
  byId("answer").setAttribute("aria-busy", String(busy));
}

/** What is wrong with no field of the form. */
function showProblem(message: string | undefined): void {
  byId("answer-error").textContent = message ?? "";
}

/** Shows the error beside the field that caused it, or above the answer. */
function showFailure(form: Form, view: AnswerView, error: CallError | InputError): void {
  view.setStale();
  showProblem(
    showFieldError(form, error) ? undefined : `The model could not answer: ${error.message}`,
  );
}
