/** Numbers, lists and plurals as a language writes them. */

/** The forms of a noun with a number before it that a language has: "other" is every number's that has none of its own. */
export type Forms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;

export interface Formats {
  /** @param digits Behind the point, exactly; undefined: as many as the number has, at most three. */
  number(value: number, digits?: number): string;
  /** @param share 0..1 */
  percent(share: number, digits?: number): string;
  /** "3 ratings": a number with the noun's form for it. */
  count(count: number, forms: Forms): string;
  /** "a, b, and c" */
  list(names: readonly string[]): string;
  /** "a, b, or c" */
  choice(names: readonly string[]): string;
}

/** @param language BCP 47 tag */
export function formatsOf(language: string): Formats {
  const plurals = new Intl.PluralRules(language);
  const lists = new Intl.ListFormat(language, { type: "conjunction" });
  const choices = new Intl.ListFormat(language, { type: "disjunction" });
  const write = (value: number, digits: number | undefined, style: "decimal" | "percent") =>
    new Intl.NumberFormat(language, {
      style,
      ...(digits === undefined
        ? {}
        : { minimumFractionDigits: digits, maximumFractionDigits: digits }),
      // "-0" would be a riddle.
      signDisplay: "negative",
    })
      .format(value)
      // As wide as the plus.
      .replace("-", "−");
  return {
    number: (value, digits) => write(value, digits, "decimal"),
    percent: (share, digits = 0) => write(share, digits, "percent"),
    count: (count, forms) =>
      `${write(count, undefined, "decimal")} ${forms[plurals.select(count)] ?? forms.other}`,
    list: (names) => lists.format(names),
    choice: (names) => choices.format(names),
  };
}
