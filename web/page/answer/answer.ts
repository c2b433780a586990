/** The answer, kept up to date with the form: asked for when the form has not changed for a moment. */

import { InputError } from "../../../predictor/errors.ts";
import { INPUT_NAMES } from "../../../predictor/movie.ts";
import { checkNumber } from "../../../predictor/preprocess/number.ts";
import { RELEASE_YEARS } from "../../../predictor/preprocess/title.ts";
import type { ModelInfo, MovieAnswer, MovieRequest } from "../../worker/protocol.ts";
import { byId, showError } from "../dom.ts";
import type { CallError } from "../engine/client.ts";
import type { Engine } from "../engine/engine.ts";
import type { FormMovie, MovieState } from "../movie.ts";
import { startEffects } from "./effects.ts";
import { showGains } from "./gains.ts";
import { type ComputeMap, startOcclusion } from "./occlusion.ts";
import { startSharing } from "./share.ts";
import { startSummaryBar } from "./summaryBar.ts";
import { showVerdict, summarise } from "./verdict.ts";
import { showWords } from "./words.ts";

/** Milliseconds without a change after which the model is asked, and after which the answer is read out. */
const ASK_DELAY = 120;
const ANNOUNCE_DELAY = 900;

/** @param posterUrl Where the poster can be seen at the moment. */
export function startAnswer(
  state: MovieState,
  engine: Engine,
  posterUrl: () => string | undefined,
): void {
  const view = createAnswerView(engine.model, {
    posterUrl,
    occlude: (options) => engine.call("occlude", requestOf(state.current), options),
  });
  startSharing(() => {
    const shown = view.current();
    return shown && { ...shown, model: engine.model };
  });

  let timer = 0;
  /** Counts requests: an answer to an earlier one is dropped. */
  let latest = 0;
  /** Whether the title's field shows an error of the model, which no change of a field removes. */
  let failed = false;
  async function ask(movie: FormMovie): Promise<void> {
    const turn = ++latest;
    try {
      const request = requestOf(movie);
      const answer =
        Object.keys(request).length > 0 ? await engine.call("answer", request) : undefined;
      if (turn !== latest) return;
      if (failed) showError("title", undefined);
      failed = false;
      if (answer && Object.keys(answer.explanation.inputs).length > 0) view.show(answer, movie);
      else view.clear();
    } catch (error) {
      if (turn === latest) failed = !showCallError(error as CallError);
    }
    if (turn === latest) setBusy(false);
  }

  state.onChange((movie) => {
    setBusy(true);
    latest++;
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(movie), ASK_DELAY);
  });
  byId("idle").hidden = false;
  void ask(state.current);
}

/** For screen readers, and for scripts that wait for the answer to what the form holds now. */
function setBusy(busy: boolean): void {
  byId("answer").setAttribute("aria-busy", String(busy));
}

interface AnsweredMovie {
  readonly answer: MovieAnswer;
  readonly movie: FormMovie;
}

interface AnswerView {
  /** What is shown; undefined where nothing is. */
  current(): AnsweredMovie | undefined;
  show(answer: MovieAnswer, movie: FormMovie): void;
  clear(): void;
}

interface AnswerSources {
  readonly posterUrl: () => string | undefined;
  readonly occlude: ComputeMap;
}

/** All panels of the answer. */
function createAnswerView(model: ModelInfo, { posterUrl, occlude }: AnswerSources): AnswerView {
  const thresholds = new Map(
    model.target.labels.map((label, i) => [label, model.target.thresholds.perLabel[i]!]),
  );
  const effects = startEffects();
  const occlusion = startOcclusion(model.poster, occlude);
  const summaryBar = startSummaryBar();
  byId("synthetic").hidden = !model.synthetic;
  let shown: AnsweredMovie | undefined;
  let announcing = 0;
  return {
    current: () => shown,
    show(answer, movie) {
      shown = { answer, movie };
      byId("idle").hidden = true;
      byId("result").hidden = false;
      byId("result").toggleAttribute("data-stale", false);
      const present = INPUT_NAMES.filter((input) => answer.explanation.inputs[input]);
      const summary = summarise(answer.scores);
      showVerdict(answer.scores, thresholds);
      summaryBar.show(summary);
      showGains(present, model.metrics);
      effects.show(answer.scores, answer.explanation);
      showWords(answer.explanation.attention.title ?? []);
      occlusion.show(posterUrl(), answer.scores);
      clearTimeout(announcing);
      announcing = window.setTimeout(() => {
        byId("announce").textContent = summary;
      }, ANNOUNCE_DELAY);
    },
    clear() {
      shown = undefined;
      clearTimeout(announcing);
      byId("announce").textContent = "";
      summaryBar.show("");
      byId("result").hidden = true;
      byId("idle").hidden = false;
    },
  };
}

/** Empty where the form is. @throws InputError naming `year` */
function requestOf({ title, year, poster, ratings }: FormMovie): MovieRequest {
  return {
    ...(title.trim() === "" ? {} : { title }),
    ...(year.trim() === "" ? {} : { year: readYear(year.trim()) }),
    ...(poster ? { poster } : {}),
    ...(ratings.length === 0 ? {} : { ratings }),
  };
}

function readYear(text: string): number {
  if (!/^\d+$/.test(text)) throw new InputError("year", `"${text}" is not a whole number`);
  return checkNumber("year", RELEASE_YEARS, Number(text));
}

/** Shows the error beside the field that caused it. @returns Whether a field did. */
function showCallError({ field, detail, message }: CallError): boolean {
  // What is still shown answers an earlier request.
  byId("result").toggleAttribute("data-stale", true);
  byId("verdict-label").textContent = "The last answer was";
  const place = ["title", "year", "poster", "ratings"].find((name) => field?.startsWith(name));
  const fields = { title: byId("title"), year: byId("year") };
  if (place === undefined) {
    showError("title", `The model could not answer: ${message}`);
    return false;
  }
  const row = /\[(\d+)\]/.exec(field ?? "")?.[1];
  const which = row === undefined ? "" : `Rating ${Number(row) + 1}: `;
  const text = place === "ratings" ? `${which}${detail}` : `The ${place} ${detail}`;
  showError(place, text, fields[place as "title" | "year"]);
  return true;
}
