/** The report's curve of mAP@5 over the number of ratings given. */

import type { Interval } from "../evaluate/bootstrap.ts";
import { formatInterval } from "../evaluate/table.ts";
import { stepsChart } from "./charts.ts";
import { type Html, html, table } from "./markup.ts";
import type { RunRecord } from "./runRecord.ts";

/** Ratings given, on a scale of steps: 0, 1, 2, 5, ... all. */
export function ratingsCurve(points: RunRecord["ratingsCurve"]): Html {
  const named = (pick: (point: RunRecord["ratingsCurve"][number]) => Interval | null) =>
    points.flatMap((point) => {
      const interval = pick(point);
      return interval
        ? [{ x: point.ratings === null ? "all" : String(point.ratings), interval }]
        : [];
    });
  return html`<h3>By number of ratings given</h3>
<figure>${stepsChart(
    [
      {
        name: "all inputs",
        points: named(({ together }) => together),
        colour: "var(--series-1)",
      },
      { name: "ratings alone", points: named(({ alone }) => alone), colour: "var(--series-2)" },
    ],
    { description: "mAP@5 by number of ratings given", axis: "ratings given" },
  )}
<figcaption>mAP@5 over the ${points[0]?.movies ?? 0} movies that have ratings, when only so many of them are
given, drawn at random; movies that have fewer give what they have. With 95 % intervals.</figcaption></figure>
${table(
  ["ratings given", "movies that have as many", "all inputs", "ratings alone"],
  points.map(({ ratings, movies, together, alone }) => [
    ratings ?? "all",
    movies,
    formatInterval(together),
    formatInterval(alone),
  ]),
)}`;
}
