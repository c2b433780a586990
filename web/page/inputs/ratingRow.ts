/** One rating filled in by hand: the stars, and who gave them. */

import { type DemographicChoice, demographicChoices } from "../../../predictor/demographics.ts";
import type { Rating, UserSpec } from "../../../predictor/preprocess/ratings.ts";
import { strings } from "../../strings/strings.ts";
import { create, hiddenText } from "../dom.ts";

/** On a scale with more steps than this, stars are typed instead of clicked. */
const MAX_RADIOS = 10;

export interface RatingRow {
  readonly element: HTMLLIElement;
  readonly rating: Rating;
  /** Moves the focus to its first control. */
  focus(): void;
}

let rows = 0;

export function createRatingRow(
  { groups, stars: range }: UserSpec,
  rating: Rating | undefined,
  { onChange, onRemove }: { onChange: () => void; onRemove: (row: RatingRow) => void },
): RatingRow {
  const texts = strings.inputs;
  const id = `rating-${++rows}`;
  const stars = starsInput(id, range, rating?.stars ?? range.max);
  const choices = demographicChoices(groups);
  const age = select([texts.age, texts.askAge], choices.ages, rangeOf(rating?.age, groups.ages));
  const gender = select([texts.gender, texts.askGender], choices.genders, rating?.gender);
  const occupation = select(
    [texts.occupation, texts.askOccupation],
    choices.occupations,
    rating?.occupation,
  );
  const remove = create(
    "button",
    { type: "button", className: "remove", title: texts.removeRating },
    "×",
    hiddenText(` ${texts.removeRating}`),
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
        // The form does not show it, but a link may contain it.
        ...(rating?.user === undefined ? {} : { user: rating.user }),
      };
    },
    focus: stars.focus,
  };
  element.addEventListener("change", onChange);
  remove.addEventListener("click", () => onRemove(row));
  return row;
}

function starsInput(id: string, { min, max }: UserSpec["stars"], value: number) {
  const steps = Math.floor(max) - Math.ceil(min) + 1;
  // A link may contain stars that no radio button has: they are shown as they are, and the encoder refuses them.
  if (steps > MAX_RADIOS || !Number.isInteger(value) || value < min || value > max) {
    const input = create("input", {
      type: "number",
      value,
      min,
      max,
      step: "any",
      "aria-label": strings.inputs.stars,
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
      "aria-label": strings.inputs.starsOf(count, max),
    });
  });
  const element = create("div", {
    className: "stars",
    role: "radiogroup",
    "aria-label": strings.inputs.stars,
  });
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

/** Lower bound of the range that holds an age; the first range holds everybody who is younger, too. */
function rangeOf(age: number | undefined, ages: readonly number[]): number | undefined {
  return age === undefined ? undefined : (ages.findLast((from) => from <= age) ?? ages[0]);
}

/** Whether two values are the same but for case, which the encoder ignores. */
function equal(a: string | number, b: string | number): boolean {
  return String(a).toLowerCase() === String(b).toLowerCase();
}

function select(
  [label, question]: readonly [label: string, question: string],
  choices: readonly DemographicChoice<string | number>[],
  chosen: string | number | undefined,
): HTMLSelectElement {
  const element = create("select", { "aria-label": label, hidden: choices.length === 0 });
  element.append(
    create("option", { value: "" }, question),
    ...choices.map(({ value, name }) =>
      create("option", { value: String(value) }, strings.inputs.demographic(name)),
    ),
  );
  if (chosen === undefined || choices.length === 0) return element;
  const known = choices.find(({ value }) => equal(value, chosen));
  // A link may contain a value that the data set does not have: it is shown, and the encoder refuses it.
  if (!known) element.append(create("option", { value: String(chosen) }, String(chosen)));
  element.value = String(known?.value ?? chosen);
  return element;
}
