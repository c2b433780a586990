/** The answer as JSON, in the server's form, and the movie as a link. */

import { toAnswerJson } from "../../../predictor/answer.ts";
import type { ModelInfo, MovieAnswer } from "../../worker/protocol.ts";
import { byId } from "../dom.ts";
import { LONGEST_LINK, toFragment } from "../link.ts";
import type { FormMovie } from "../movie.ts";

/** Milliseconds that a confirmation stays. */
const CONFIRMED = 4000;

export interface Shared {
  readonly answer: MovieAnswer;
  readonly model: ModelInfo;
  readonly movie: FormMovie;
}

/** @param current What is to be shared at this moment. */
export function startSharing(current: () => Shared | undefined): void {
  const confirmation = byId("copied");
  let timer = 0;
  const confirm = (text: string) => {
    confirmation.textContent = text;
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      confirmation.textContent = "";
    }, CONFIRMED);
  };
  const copy = async (text: string, done: string) => {
    try {
      await navigator.clipboard.writeText(text);
      confirm(done);
    } catch {
      // Not on plain HTTP, and not where it is forbidden.
      window.prompt("Copy this:", text);
    }
  };

  byId("copy-json").addEventListener("click", () => {
    const shared = current();
    if (shared) void copy(JSON.stringify(asServer(shared), undefined, 2), "JSON copied");
  });
  byId("copy-link").addEventListener("click", () => {
    const shared = current();
    if (!shared) return;
    const url = new URL(location.href);
    url.hash = toFragment(shared.movie);
    const whole = url.href.length <= LONGEST_LINK;
    if (!whole) url.hash = toFragment({ ...shared.movie, ratings: [] });
    const without = [
      ...(whole ? [] : ["the ratings, which are too many"]),
      ...(shared.movie.poster ? ["the poster, which never leaves this device"] : []),
    ];
    void copy(
      url.href,
      without.length > 0 ? `Link copied, without ${without.join(" and ")}` : "Link copied",
    );
  });
}

/** As POST /v1/predict answers when asked to explain. */
export function asServer({ answer, model }: Pick<Shared, "answer" | "model">) {
  const { name, version, synthetic } = model;
  return { ...toAnswerJson(answer), model: { name, version, synthetic } };
}
