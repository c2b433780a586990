/** One rating by hand: stars, and who gave them. */

import type { Rating, RatingsSpec } from "../../../predictor/preprocess/ratings.ts";
import { create, hidden } from "../dom.ts";
import { ageName, genderName, occupationName } from "./demographics.ts";

/** A scale with more steps than this is typed, not clicked. */
const MOST_STEPS = 10;

export interface RatingRow {
  readonly element: HTMLLIElement;
  readonly rating: Rating;
  /** Its first control. */
  focus(): void;
}

let rows = 0;

export function createRatingRow(
  { groups, stars: range }: RatingsSpec,
  rating: Rating | undefined,
  { onChange, onRemove }: { onChange: () => void; onRemove: (row: RatingRow) => void },
): RatingRow {
  const id = `rating-${++rows}`;
  const stars = starsInput(id, range, rating?.stars ?? range.max);
  const age = select(
    "Age",
    groups.ages.map((from) => [String(from), ageName(from)]),
    rating?.age === undefined ? "" : String(groups.ages.findLast((from) => from <= rating.age!)),
  );
  const gender = select(
    "Gender",
    groups.genders.map((code) => [code, genderName(code)]),
    rating?.gender ?? "",
  );
  const occupation = select(
    "Occupation",
    groups.occupations.map((code) => [String(code), occupationName(code)]),
    rating?.occupation === undefined ? "" : String(rating.occupation),
  );
  const remove = create(
    "button",
    { type: "button", className: "remove", title: "Remove this rating" },
    "×",
    hidden(" Remove this rating"),
  );
  const element = create("li");
  element.append(stars.element, age, gender, occupation, remove);

  const row: RatingRow = {
    element,
    get rating() {
      return {
        stars: stars.value,
        ...(age.value === "" ? {} : { age: Number(age.value) }),
        ...(gender.value === "" ? {} : { gender: gender.value }),
        ...(occupation.value === "" ? {} : { occupation: Number(occupation.value) }),
        // Not to be seen, but a link may have brought it.
        ...(rating?.user === undefined ? {} : { user: rating.user }),
      };
    },
    focus: stars.focus,
  };
  element.addEventListener("change", onChange);
  remove.addEventListener("click", () => onRemove(row));
  return row;
}

function starsInput(id: string, { min, max }: RatingsSpec["stars"], value: number) {
  const steps = Math.floor(max) - Math.ceil(min) + 1;
  // A link may hold stars that no radio has: they are shown as they are, for the encoder to refuse.
  if (steps > MOST_STEPS || !Number.isInteger(value) || value < min || value > max) {
    const input = create("input", {
      type: "number",
      value,
      min,
      max,
      step: "any",
      "aria-label": "Stars",
    });
    return {
      element: input,
      get value() {
        return input.valueAsNumber;
      },
      focus: () => input.focus(),
    };
  }
  const radios = Array.from({ length: steps }, (_, i) => {
    const count = Math.ceil(min) + i;
    return create("input", {
      type: "radio",
      name: id,
      value: String(count),
      checked: count === value,
      "aria-label": `${count} of ${max} stars`,
    });
  });
  const element = create("div", { className: "stars", role: "radiogroup", "aria-label": "Stars" });
  element.append(...radios);
  const checked = () => radios.find((radio) => radio.checked);
  return {
    element,
    get value() {
      return Number(checked()?.value ?? max);
    },
    focus: () => (checked() ?? radios[0])?.focus(),
  };
}

function select(
  label: string,
  options: readonly (readonly [value: string, name: string])[],
  value: string,
): HTMLSelectElement {
  const element = create("select", { "aria-label": label, hidden: options.length === 0 });
  element.append(
    create("option", { value: "" }, `${label.toLowerCase()}?`),
    ...options.map(([code, name]) => create("option", { value: code }, name)),
  );
  element.value = value;
  // A code of another data set is as good as none.
  if (element.selectedIndex === -1) element.value = "";
  return element;
}
