/** Items to start from, one click each: made-up movies with drawings, or the values that a bundle takes. */

import { areMovieInputs } from "../../../predictor/movie.ts";
import { strings } from "../../strings/strings.ts";
import { byId, create } from "../dom.ts";
import { drawPoster, EXAMPLES, type Example } from "../examples/examples.ts";
import type { Form } from "./form.ts";

export function showExamples(form: Form): void {
  const { inputs, nouns, example } = form.bundle;
  const list = byId("examples");
  list.classList.toggle("pictures", areMovieInputs(inputs));
  if (areMovieInputs(inputs)) {
    byId("examples-heading").textContent = strings.answer.tryMadeUp(nouns.item);
    list.replaceChildren(
      ...EXAMPLES.map((movie) =>
        create(
          "li",
          {},
          exampleOf(movie, () =>
            form.fill({
              title: movie.title,
              year: movie.year,
              poster: drawPoster(movie.poster),
              ratings: movie.ratings(inputs.ratings),
            }),
          ),
        ),
      ),
    );
  } else {
    const button = create("button", { type: "button" }, strings.answer.fillInExample);
    button.addEventListener("click", () => form.fill(example));
    list.replaceChildren(create("li", {}, button));
  }
  // A bundle of files only has none.
  byId("examples-section").hidden = Object.keys(example).length === 0;
}

function exampleOf({ title, year, poster }: Example, fill: () => void): HTMLButtonElement {
  const name = `${title} (${year})`;
  const button = create(
    "button",
    { type: "button", title: name, "aria-label": name },
    create("img", { src: poster, alt: "", width: 75, height: 110 }),
  );
  button.addEventListener("click", fill);
  return button;
}
