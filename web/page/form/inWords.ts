/** An item in a few words. */

import type { Item } from "../../../predictor/inputs/inputType.ts";
import { pageType } from "../inputs/types.ts";
import type { Form } from "./form.ts";

/** One for each input that the item has, in the form's order: "“Heat”", "year 1995", "poster". */
export function itemInWords({ links, context }: Pick<Form, "links" | "context">, item: Item) {
  return [...links.keys()]
    .filter((name) => item[name] !== undefined)
    .map((name) => {
      const { spec, noun } = context(name);
      return pageType(spec).inWords(item[name], noun);
    });
}
