/** What the component shows in its shadow root: progress, the bundle's form, the answer, and what went wrong. */

import { strings } from "../strings/strings.ts";
import "../noEval.ts";
import type { InputError } from "../../predictor/errors.ts";
import { create } from "../page/dom.ts";
import type { CallError } from "../page/engine/callError.ts";
import { showFieldError } from "../page/form/fieldError.ts";
import { buildForm, type Form } from "../page/form/form.ts";
import type { TargetView } from "../page/targets/targetView.ts";
import { pageTarget } from "../page/targets/types.ts";
import type { BundleInfo, ItemAnswer } from "../worker/protocol.ts";

/** See `Form`. */
export interface Kept {
  readonly values: ReturnType<Form["keep"]>;
  readonly files: ReturnType<Form["files"]>;
}

type BuildOptions = Parameters<typeof buildForm>[2];

export interface View {
  /** undefined until the manifest is there. */
  readonly form: Form | undefined;
  loading(loaded: number, total: number): void;
  /** Builds the form, with the values of the one before. @param kept Of another view. */
  build(bundle: BundleInfo, kept: Kept | undefined, options: BuildOptions): void;
  /** What is entered, for another form. */
  keep(): Kept | undefined;
  /** The model answers from now on. */
  ready(): void;
  /**
   * @param answer undefined: nothing is entered.
   * @returns Whether there was an answer before.
   */
  show(answer: ItemAnswer | undefined): boolean;
  /** Shows an error beside its field, or above the answer. */
  showError(error: CallError | InputError): void;
  failed(message: string): void;
}

export function createView(root: ShadowRoot): View {
  const parts = createParts();
  const { progress, loading, fields, form, answer, result, scores, error } = parts;
  root.replaceChildren(create("div", { className: "columns" }, loading, form, answer));
  let built: Form | undefined;
  let target: TargetView | undefined;
  return {
    get form() {
      return built;
    },
    loading(loaded, total) {
      if (total > 0) progress.value = loaded / total;
      else progress.removeAttribute("value");
    },
    keep: () => built && keptOf(built),
    build(bundle, kept, options) {
      const before = built ? keptOf(built) : kept;
      built = buildForm(bundle, fields, options);
      for (const fieldset of fields.children) fieldset.setAttribute("part", "input");
      target = pageTarget(bundle.target).createView(bundle.target, bundle.nouns);
      scores.replaceChildren(target.element);
      parts.synthetic.hidden = !bundle.synthetic;
      parts.synthetic.textContent = strings.answer.synthetic(bundle.nouns.items);
      parts.idle.textContent = strings.answer.idle(bundle.nouns.item);
      form.hidden = false;
      if (before) built.restore(before.values, before.files);
    },
    ready() {
      loading.hidden = true;
      answer.hidden = false;
    },
    show(given) {
      const hadAnswer = !result.hidden;
      error.textContent = "";
      result.hidden = given === undefined;
      parts.idle.hidden = given !== undefined;
      result.toggleAttribute("data-stale", false);
      if (!given || !target) {
        parts.announce.textContent = "";
        return hadAnswer;
      }
      const { label, text } = target.show(given);
      parts.verdictLabel.textContent = label;
      parts.verdict.textContent = text;
      parts.announce.textContent = target.summarise(given);
      return hadAnswer;
    },
    showError(problem) {
      result.toggleAttribute("data-stale", true);
      parts.verdictLabel.textContent = strings.answer.lastAnswer;
      const isShown = built !== undefined && showFieldError(built, problem);
      error.textContent = isShown ? "" : strings.answer.couldNotAnswer(problem.message);
    },
    failed(message) {
      loading.hidden = true;
      answer.hidden = false;
      parts.idle.hidden = true;
      error.textContent = message;
    },
  };
}

function keptOf(form: Form): Kept {
  return { values: form.keep(), files: form.files() };
}

function createParts() {
  const progress = create("progress", {
    max: 1,
    "aria-label": strings.engine.loading,
    part: "progress",
  });
  const loading = create(
    "div",
    { className: "card", part: "loading" },
    create("p", {}, strings.engine.loading),
    progress,
  );
  const fields = create("div", { id: "fields" });
  const form = create(
    "form",
    { className: "inputs", part: "form", noValidate: true, hidden: true },
    fields,
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  const synthetic = create("p", { className: "synthetic", part: "synthetic", hidden: true });
  const verdictLabel = create("p", { className: "verdict-label", part: "verdict-label" });
  const verdict = create("p", { className: "verdict", part: "verdict" });
  const scores = create("div", { part: "scores" });
  const result = create(
    "div",
    { id: "result", hidden: true },
    synthetic,
    create("div", { className: "card" }, verdictLabel, verdict, scores),
  );
  const idle = create("p", { className: "card idle", part: "idle" });
  const error = create("p", { className: "error", role: "alert", part: "error" });
  const announce = create("p", { className: "hidden", role: "status" });
  const answer = create(
    "section",
    { className: "answer", part: "answer", "aria-label": strings.answer.heading, hidden: true },
    announce,
    error,
    idle,
    result,
  );
  return {
    ...{ progress, loading, fields, form, answer, result, scores },
    ...{ synthetic, verdictLabel, verdict, idle, error, announce },
  };
}
