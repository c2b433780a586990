/** The text of a regular expression -> its parts, as far as they can be searched for in linear time. */

/** A pattern is not accepted; the message is a clause about "it", such as "has a backreference". */
export class PatternError extends Error {}

/** What a pattern is made of. */
export type Part =
  /** One code point, as the pattern writes it: `a`, `.`, `\d`, `[a-z]`. */
  | { readonly kind: "character"; readonly source: string }
  | { readonly kind: "assertion"; readonly source: "^" | "$" | "\\b" | "\\B" }
  | { readonly kind: "concatenation"; readonly parts: readonly Part[] }
  | { readonly kind: "choice"; readonly parts: readonly Part[] }
  /** `number` is that of a capturing group, from 1. */
  | { readonly kind: "group"; readonly part: Part; readonly number: number | undefined }
  | {
      readonly kind: "repeat";
      readonly part: Part;
      readonly min: number;
      /** Infinity without an end. */
      readonly max: number;
      readonly lazy: boolean;
    };

/** From the start of what is left. An escaped pair of surrogates is one code point. */
const CHARACTER =
  /^(?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u\{[0-9a-fA-F]+\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\c[A-Za-z]|\\[pP]\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|[^\\])/su;
const ASSERTION = /^(?:\^|\$|\\[bB])/;
const QUANTIFIER = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)/;
const REFERENCE = /^\\(?:[1-9]|k)/;

/**
 * @param pattern Of a regular expression with the flag `u`.
 * @throws PatternError if it is none, or has what cannot be searched for in linear time.
 */
export function parsePattern(pattern: string): Part {
  try {
    new RegExp(pattern, "u");
  } catch {
    throw new PatternError("is not a regular expression");
  }
  return new Parser(pattern).choice();
}

/** Parser of patterns that are regular expressions. */
class Parser {
  #rest: string;
  #groups = 0;

  constructor(pattern: string) {
    this.#rest = pattern;
  }

  choice(): Part {
    const parts = [this.#sequence()];
    while (this.#take(/^\|/)) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: "choice", parts };
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#rest !== "" && !/^[|)]/.test(this.#rest)) parts.push(this.#repeated());
    return { kind: "concatenation", parts };
  }

  #repeated(): Part {
    const part = this.#one();
    const found = this.#take(QUANTIFIER);
    if (!found) return part;
    const [, sign, low, comma, high, lazy] = found;
    const min = sign === undefined ? Number(low) : sign === "+" ? 1 : 0;
    const bounded = comma === "" ? min : high === "" ? Number.POSITIVE_INFINITY : Number(high);
    const max = sign === undefined ? bounded : sign === "?" ? 1 : Number.POSITIVE_INFINITY;
    // Which of its ways RegExp prefers there depends on more than their order.
    if (mayBeEmpty(part))
      throw new PatternError("has a quantifier after something that may be empty");
    return { kind: "repeat", part, min, max, lazy: lazy === "?" };
  }

  #one(): Part {
    if (this.#rest.startsWith("(")) return this.#group();
    const assertion = this.#take(ASSERTION)?.[0];
    if (assertion !== undefined) {
      return { kind: "assertion", source: assertion as (Part & { kind: "assertion" })["source"] };
    }
    if (REFERENCE.test(this.#rest)) throw new PatternError("has a backreference");
    return { kind: "character", source: this.#take(CHARACTER)![0] };
  }

  #group(): Part {
    if (/^\(\?<?[=!]/.test(this.#rest)) throw new PatternError("looks ahead or behind");
    const head = this.#take(/^\((?:\?:|\?<[^>]*>|(?!\?))/);
    if (!head) throw new PatternError("changes flags in a group");
    const number = head[0] === "(?:" ? undefined : ++this.#groups;
    const part = this.choice();
    this.#take(/^\)/);
    return { kind: "group", part, number };
  }

  #take(expression: RegExp): RegExpExecArray | undefined {
    const found = expression.exec(this.#rest);
    if (!found) return undefined;
    this.#rest = this.#rest.slice(found[0].length);
    return found;
  }
}

function mayBeEmpty(part: Part): boolean {
  switch (part.kind) {
    case "character":
      return false;
    case "assertion":
      return true;
    case "concatenation":
      return part.parts.every(mayBeEmpty);
    case "choice":
      return part.parts.some(mayBeEmpty);
    case "group":
      return mayBeEmpty(part.part);
    case "repeat":
      return part.min === 0 || mayBeEmpty(part.part);
  }
}
