/** The answer, kept up with the form: asked for when the form rests, shown when it comes. */

import { InputError } from "../../../predictor/errors.ts";
import { INPUT_NAMES } from "../../../predictor/predictor.ts";
import { checkYear } from "../../../predictor/preprocess/title.ts";
import type { MovieAnswer, MovieRequest } from "../../worker/protocol.ts";
import { byId, showError } from "../dom.ts";
import type { CallError } from "../engine/client.ts";
import type { Engine } from "../engine/engine.ts";
import type { FormMovie, MovieState } from "../movie.ts";
import { startEffects } from "./effects.ts";
import { showGains } from "./gains.ts";
import { startOcclusion } from "./occlusion.ts";
import { startPeek } from "./peek.ts";
import { startSharing } from "./share.ts";
import { showVerdict, summarise } from "./verdict.ts";
import { showWords } from "./words.ts";

/** Milliseconds without a change after which the model is asked, and after which the answer is read out. */
const REST = 120;
const SILENCE = 900;

/** @param posterUrl Where the poster can be seen at this moment. */
export function startAnswer(
  state: MovieState,
  engine: Engine,
  posterUrl: () => string | undefined,
): void {
  const { model } = engine;
  const thresholds = new Map(model.labels.map((label, i) => [label, model.thresholds[i]!]));
  const effects = startEffects();
  let shown: { answer: MovieAnswer; movie: FormMovie } | undefined;
  const occlusion = startOcclusion(model.poster, (options) =>
    engine.call("occlude", requestOf(state.current), options),
  );
  const peek = startPeek();
  startSharing(() => shown && { ...shown, model: engine.model });
  byId("synthetic").hidden = !model.synthetic;

  let timer = 0;
  let speaking = 0;
  let asked = 0;
  /** Whether the title's field shows a fault of the model, which no change of a field takes away. */
  let failed = false;
  async function ask(movie: FormMovie): Promise<void> {
    const turn = ++asked;
    try {
      const request = requestOf(movie);
      const answer =
        Object.keys(request).length > 0 ? await engine.call("answer", request) : undefined;
      // The form has changed since, and another answer is on its way.
      if (turn !== asked) return;
      if (failed) showError("title", undefined);
      failed = false;
      if (answer && Object.keys(answer.explanation.inputs).length > 0) show(answer, movie);
      else clear();
    } catch (error) {
      if (turn === asked) failed = !showFault(error as CallError);
    }
    if (turn === asked) busy(false);
  }

  /** For screen readers, and for whoever waits for the answer to what the form holds now. */
  const busy = (is: boolean) => byId("answer").setAttribute("aria-busy", String(is));

  function show(answer: MovieAnswer, movie: FormMovie): void {
    shown = { answer, movie };
    byId("idle").hidden = true;
    byId("result").hidden = false;
    byId("result").toggleAttribute("data-stale", false);
    const present = INPUT_NAMES.filter((input) => answer.explanation.inputs[input]);
    showVerdict(answer.scores, thresholds);
    peek.show(summarise(answer.scores));
    showGains(present, model.metrics);
    effects.show(answer.scores, answer.explanation);
    showWords(answer.explanation.titleAttention);
    occlusion.show(posterUrl(), answer.scores);
    clearTimeout(speaking);
    speaking = window.setTimeout(() => {
      byId("announce").textContent = summarise(answer.scores);
    }, SILENCE);
  }

  function clear(): void {
    shown = undefined;
    clearTimeout(speaking);
    byId("announce").textContent = "";
    peek.show("");
    byId("result").hidden = true;
    byId("idle").hidden = false;
  }

  state.onChange((movie) => {
    busy(true);
    asked++; // an answer on its way is to an earlier question
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(movie), REST);
  });
  byId("idle").hidden = false;
  void ask(state.current);
}

/** Nothing in it where nothing is known. @throws InputError naming `year` */
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
  return checkYear(Number(text));
}

/** Beside the field that is at fault. @returns Whether there is one. */
function showFault({ field, detail, message }: CallError): boolean {
  // What is still shown answers an earlier question.
  byId("result").toggleAttribute("data-stale", true);
  byId("verdict-label").textContent = "Before that, the model said";
  const place = ["title", "year", "poster", "ratings"].find((name) => field?.startsWith(name));
  const fields = { title: byId("title"), year: byId("year") };
  if (place === undefined) {
    showError("title", `The model gave no answer: ${message}`);
    return false;
  }
  const row = /\[(\d+)\]/.exec(field ?? "")?.[1];
  const who = row === undefined ? "" : `Rating ${Number(row) + 1}: `;
  const text = place === "ratings" ? `${who}${detail}` : `The ${place} ${detail}`;
  showError(place, text, fields[place as "title" | "year"]);
  return true;
}
