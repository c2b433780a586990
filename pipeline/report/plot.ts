/** Observable Plot on linkedom's DOM. */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Html, trusted } from "./markup.ts";

/**
 * Plot's SVG as markup, without the style sheet that Plot gives each chart: the page says it once. Plot sets text and
 * attributes through the DOM, so data is escaped.
 */
export function draw(options: Plot.PlotOptions & { ariaDescription: string }): Html {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const { ariaDescription, ...rest } = options;
  const figure = Plot.plot({ ...rest, ariaLabel: ariaDescription, document });
  figure.setAttribute("role", "img");
  for (const style of figure.querySelectorAll("style")) style.remove();
  return trusted(String(figure.outerHTML).replace(/<[^>]*>/g, withShortNumbers));
}

/** A tag whose numbers have three decimals, thousandths of a pixel, at most. */
function withShortNumbers(tag: string): string {
  return tag.replace(/\d+\.\d{4,}/g, (number) => String(Number(Number(number).toFixed(3))));
}
