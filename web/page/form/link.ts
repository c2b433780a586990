/** Fills the form from the movie in the page's address. */

import { byId, showError } from "../dom.ts";
import { fromFragment } from "../link.ts";
import type { Form } from "./examples.ts";

export function startLink({ title, poster, ratings }: Form): void {
  const read = async () => {
    try {
      const movie = fromFragment(location.hash);
      if (!movie) return;
      title.set(movie.title, movie.year);
      void poster.set(undefined);
      (await ratings).set(movie.ratings);
    } catch (error) {
      showError("ratings", (error as Error).message);
    }
  };
  window.addEventListener("hashchange", () => void read());
  if (byId<HTMLInputElement>("title").value === "") void read();
}
