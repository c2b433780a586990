/** The answer, kept up to date with the form: asked for when the form has not changed for a moment. */

import type { InputError } from "../../../predictor/errors.ts";
import { byId } from "../dom.ts";
import type { CallError } from "../engine/callError.ts";
import type { Engine } from "../engine/engine.ts";
import type { Form } from "../form/form.ts";
import { pageType } from "../inputs/types.ts";
import { sentenceOn } from "../wording.ts";
import { startSharing } from "./share.ts";
import { type AnswerView, createAnswerView } from "./view.ts";

/** Milliseconds without a change after which the model is asked. */
const ASK_DELAY = 120;

export interface AnswerLoop {
  /** To be called when the form has changed. */
  readonly formChanged: () => void;
}

export function startAnswer(form: Form, engine: Engine): AnswerLoop {
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
      if (answer && Object.keys(answer.explanation.inputs).length > 0) view.show({ answer, item });
      else view.clear();
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

/** Shows the error beside the field that caused it. */
function showFailure(
  form: Form,
  view: AnswerView,
  { field, detail, message }: CallError | InputError,
): void {
  view.setStale();
  const [, name = "", place = ""] = /^(\w+)(.*)$/.exec(field ?? "") ?? [];
  const spec = form.bundle.inputs[name];
  showProblem(spec ? undefined : `The model could not answer: ${message}`);
  if (!spec) return;
  const { describeError } = pageType(spec);
  form.showError(
    name,
    describeError?.(place, detail!) ?? sentenceOn(form.context(name).noun, detail!),
  );
}
