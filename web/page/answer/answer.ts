/** The answer, kept up to date with the form: asked for when the form has not changed for a moment. */

import type { InputError } from "../../../predictor/errors.ts";
import type { Item } from "../../../predictor/inputs/inputType.ts";
import { strings } from "../../strings/strings.ts";
import type { ItemAnswer } from "../../worker/protocol.ts";
import { byId } from "../dom.ts";
import type { CallError } from "../engine/callError.ts";
import type { Engine } from "../engine/engine.ts";
import { sampleItem } from "../examples/sample.ts";
import { showFieldError } from "../form/fieldError.ts";
import type { Form } from "../form/form.ts";
import { startSharing } from "./share.ts";
import { type AnsweredItem, type AnswerView, createAnswerView } from "./view.ts";

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

  /** undefined where the model has nothing to go by. */
  async function answerTo(item: Item): Promise<AnsweredItem | undefined> {
    if (Object.keys(item).length === 0) return undefined;
    const answer = await engine.call("answer", item);
    return Object.keys(answer.explanation.inputs).length > 0 ? { answer, item } : undefined;
  }
  let asked: Promise<AnsweredItem | undefined> | undefined;
  /** Asked for once; where the model has no answer to it, the page goes without, and in the frame of another site. */
  const sample = async () => {
    if (document.documentElement.hasAttribute("data-embed")) return undefined;
    asked ??= answerTo(sampleItem(form.bundle)).catch(() => undefined);
    return asked;
  };

  let timer = 0;
  /** Counts requests: an answer to an earlier one is dropped. */
  let latest = 0;
  async function ask(): Promise<void> {
    const turn = ++latest;
    try {
      const answered = await answerTo(form.read());
      const shown = answered ?? (await sample());
      if (turn !== latest) return;
      showProblem(undefined);
      if (answered) view.show(answered);
      else view.showExample(shown);
      onAnswer(answered?.answer);
    } catch (error) {
      if (turn === latest) showFailure(form, view, error as CallError | InputError);
    }
    if (turn === latest) setBusy(false);
  }

  view.showExample(undefined);
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
    showFieldError(form, error) ? undefined : strings.answer.couldNotAnswer(error.message),
  );
}
