/** What separates the columns of a CSV file, where nobody says so. */

/** The first of those that separate the header's columns equally often. */
const SEPARATORS = [",", ";", "\t", "|"];

/** A first line that tells Excel the separator. */
const NAMED = /^\uFEFF?sep=(.)[ \t]*(?:\r\n|\r|\n)/i;

/** The separator that the first line names, which is then no header, as "sep=;" does; undefined where it names none. */
export function namedSeparator(text: string): string | undefined {
  return NAMED.exec(text)?.[1];
}

/**
 * The separator that makes most columns of the header, or the comma.
 *
 * @param text That begins with the header.
 */
export function findSeparator(text: string): string {
  // Names in quotes may have separators and line breaks in them.
  const unquoted = text.replace(/^\uFEFF/, "").replace(/"[^"]*"/g, '""');
  const [line = ""] = /^.*\S.*$/m.exec(unquoted) ?? [];
  const counts = SEPARATORS.map((separator) => line.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))]!;
}
