/** The report's curve of the target's metric by number of ratings. */

import type { Interval } from "../evaluate/bootstrap.ts";
import type { EvaluationReport } from "../evaluate/evaluate.ts";
import type { RatingsCurve, RatingsCurvePoint } from "../evaluate/ratingsCurve.ts";
import { formatInterval, formatScore } from "../evaluate/table.ts";
import { text } from "./cardText.ts";
import { stepsChart } from "./charts.ts";
import { type Html, howToRead, html, table } from "./markup.ts";

/** Chart and table over the numbers of ratings 0, 1, 2, 5, ... all. */
export function ratingsCurve(
  { input, group, points }: RatingsCurve,
  { metric, nouns }: Pick<EvaluationReport, "metric" | "nouns">,
): Html {
  const named = (pick: (point: RatingsCurvePoint) => Interval | null) =>
    points.flatMap((point) => {
      const interval = pick(point);
      return interval
        ? [{ x: point.ratings === null ? "all" : String(point.ratings), interval }]
        : [];
    });
  return html`<h3>By number of ${input} given</h3>
<figure>${stepsChart(
    [
      {
        name: "all inputs",
        points: named(({ together }) => together),
        colour: "var(--series-1)",
      },
      { name: `${group} alone`, points: named(({ alone }) => alone), colour: "var(--series-2)" },
    ],
    { description: `${metric} by number of ${input} given`, axis: `${input} given` },
  )}
<figcaption>${metric} over the ${points[0]?.movies ?? 0} ${nouns.items} with ${input}, when the model is given at most this
many of each ${nouns.item}'s ${input}, drawn at random. Vertical lines are 95 % intervals.</figcaption></figure>
${howToRead(`where a line is steep, more ${input} tell the model much; where it is level, it has enough of them. The
distance between the two lines is what the other inputs add: it is largest at the left, where there are few ${input}, and what
is left of it at the right is what the ${input} do not say. All points are over the same ${nouns.items}, so that the intervals
say how much other ${nouns.items} would move the lines together, not against each other.`)}
${table(
  [`${input} given`, `${nouns.items} with as many`, "all inputs", `${group} alone`],
  points.map(({ ratings, movies, together, alone }) => [
    ratings ?? "all",
    movies,
    formatInterval(together),
    formatInterval(alone),
  ]),
)}`;
}

/** The same from all inputs in a sentence, for the model card. */
export function curveText(
  { input, points }: RatingsCurve,
  { metric, nouns }: Pick<EvaluationReport, "metric" | "nouns">,
): string {
  const known = points.map(
    ({ ratings, together }) =>
      `${together ? formatScore(together.mean) : "-"} with ${ratings ?? "all"}`,
  );
  return `By number of ${text(input)} given, ${metric} from all inputs over the ${points[0]?.movies ?? 0} ${nouns.items} that have some, drawn at random of each ${nouns.item}'s: ${known.join(", ")}.`;
}
