/** The fields of title and year. */

import { parseTitle } from "../../../predictor/preprocess/title.ts";
import { byId, showError } from "../dom.ts";
import type { MovieState } from "../movie.ts";

export interface TitleFields {
  set(title: string, year: string): void;
}

export function startTitle(state: MovieState): TitleFields {
  const title = byId<HTMLInputElement>("title");
  const year = byId<HTMLInputElement>("year");
  const hint = byId("title-hint");

  const changed = () => {
    showError("title", undefined, title);
    showError("year", undefined, year);
    const read = readYear(title.value);
    hint.hidden = read === undefined || year.value.trim() !== "";
    hint.textContent = hint.hidden ? "" : `Year read from the title: ${read}`;
    state.update({ title: title.value, year: year.value });
  };
  title.addEventListener("input", changed);
  year.addEventListener("input", changed);
  return {
    set(newTitle, newYear) {
      title.value = newTitle;
      year.value = newYear;
      changed();
    },
  };
}

function readYear(title: string): number | undefined {
  try {
    return parseTitle(title).year;
  } catch {
    return undefined; // the title is too long, which the answer will say
  }
}
