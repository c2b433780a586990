/** Made-up movies to start from, one click each. */

import { byId, create, showError } from "../dom.ts";
import { drawPoster, EXAMPLES } from "../examples/examples.ts";
import type { PosterField } from "./poster.ts";
import type { RatingsField } from "./ratings.ts";
import type { TitleFields } from "./title.ts";

export interface Form {
  readonly title: TitleFields;
  readonly poster: PosterField;
  /** Its rows depend on the model, which is still loading at first. */
  readonly ratings: Promise<RatingsField>;
}

export function startExamples({ title, poster, ratings }: Form): void {
  byId("examples").replaceChildren(
    ...EXAMPLES.map((example) => {
      const name = `${example.title} (${example.year})`;
      const button = create(
        "button",
        { type: "button", title: name, "aria-label": name },
        create("img", { src: example.poster, alt: "", width: 75, height: 110 }),
      );
      button.addEventListener("click", async () => {
        title.set(example.title, String(example.year));
        void poster.set(drawPoster(example.poster));
        try {
          const field = await ratings;
          field.set(example.ratings(field.spec));
        } catch (error) {
          showError("ratings", (error as Error).message);
        }
      });
      return create("li", {}, button);
    }),
  );
}
