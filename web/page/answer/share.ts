/** The answer as JSON, in the server's form, and the movie as a link. */

import { toAnswerJson } from "../../../predictor/answer.ts";
import type { ModelInfo, MovieAnswer } from "../../worker/protocol.ts";
import { byId } from "../dom.ts";
import { MAX_LINK_LENGTH, toFragment } from "../link.ts";
import type { FormMovie } from "../movie.ts";

/** Milliseconds that a confirmation stays visible. */
const CONFIRMATION_MS = 4000;

export interface SharedAnswer {
  readonly answer: MovieAnswer;
  readonly model: ModelInfo;
  readonly movie: FormMovie;
}

/** @param current What the page shows at the moment; undefined where it shows no answer. */
export function startSharing(current: () => SharedAnswer | undefined): void {
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
      window.prompt("Copy this:", text);
    }
  };

  byId("copy-json").addEventListener("click", () => {
    const shared = current();
    if (shared) void copy(JSON.stringify(toServerJson(shared), undefined, 2), "JSON copied");
  });
  byId("copy-link").addEventListener("click", () => {
    const shared = current();
    if (!shared) return;
    const url = new URL(location.href);
    url.hash = toFragment(shared.movie);
    const whole = url.href.length <= MAX_LINK_LENGTH;
    if (!whole) url.hash = toFragment({ ...shared.movie, ratings: [] });
    const without = [
      ...(whole ? [] : ["the ratings (too many for a link)"]),
      ...(shared.movie.poster ? ["the poster, which never leaves this device"] : []),
    ];
    void copy(
      url.href,
      without.length > 0 ? `Link copied, without ${without.join(" and ")}` : "Link copied",
    );
  });
}

/** The JSON that POST /v1/predict answers with when asked to explain. */
function toServerJson({ answer, model }: Pick<SharedAnswer, "answer" | "model">) {
  const { name, version, synthetic, target } = model;
  return { ...toAnswerJson(target, answer), model: { name, version, synthetic } };
}
