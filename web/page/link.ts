/** An item in the fragment of a link, which browsers never send to a server. It does not contain files. */

import type { Item } from "../../predictor/inputs/inputType.ts";
import type { LinkCode } from "./inputs/pageType.ts";

/** How a link has each input's value; undefined: not at all. */
export type LinkCodes = ReadonlyMap<string, LinkCode<unknown> | undefined>;

/** Characters; some programs cut longer links off. */
const MAX_LINK_LENGTH = 8000;

export interface Link {
  readonly url: string;
  /** Inputs that would make the link too long. */
  readonly tooLong: readonly string[];
  /** Inputs that no link has. */
  readonly left: readonly string[];
}

/** @param page The page's address, whose fragment is replaced. */
export function linkTo(item: Item, codes: LinkCodes, page: string): Link {
  const given = [...codes.keys()].filter((name) => item[name] !== undefined);
  const tooLong: string[] = [];
  const left = given.filter((name) => !codes.get(name));
  for (;;) {
    const parts = toParameters(item, codes, tooLong);
    const url = new URL(page);
    url.hash = parts.toString();
    if (url.href.length <= MAX_LINK_LENGTH) return { url: url.href, tooLong, left };
    const [longest] = [...parts].sort(([, a], [, b]) => b.length - a.length);
    tooLong.push(longest![0]);
  }
}

/**
 * `title=Heat&year=1995`: see the types for how each writes its value.
 *
 * @returns Without the `#`; empty for an item of which nothing is known.
 */
export function toFragment(item: Item, codes: LinkCodes): string {
  return toParameters(item, codes, []).toString();
}

function toParameters(item: Item, codes: LinkCodes, without: readonly string[]): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, code] of codes) {
    const value = item[name];
    if (code && value !== undefined && !without.includes(name)) {
      parameters.set(name, code.write(value));
    }
  }
  return parameters;
}

/**
 * @param fragment With or without the `#`.
 * @returns What each field of the form is to be filled with; undefined if the fragment holds no item.
 * @throws InputError naming the input that cannot be read.
 */
export function fromFragment(fragment: string, codes: LinkCodes): Item | undefined {
  // The page's own places, such as #answer, have no value.
  const parameters = new URLSearchParams(fragment.includes("=") ? fragment.replace(/^#/, "") : "");
  const named = [...codes].flatMap(([name, code]) => {
    const text = parameters.get(name);
    return code && text !== null ? [{ name, code, text }] : [];
  });
  if (named.length === 0) return undefined;
  return Object.fromEntries(
    named
      .filter(({ text }) => text !== "")
      .map(({ name, code, text }) => [name, code.read(text, name)]),
  );
}
