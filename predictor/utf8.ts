/** Text that was not UTF-8: decoders replace bytes that are not a character with U+FFFD, without an error. */

import { describeIssue, type Issue, issueOf } from "./issues.ts";

const REPLACEMENT = "\uFFFD";
/** Characters before the place that an error shows. */
const SHOWN = 20;

/**
 * What is wrong with a text that was decoded as UTF-8, as the rest of a sentence that begins with its name; undefined if
 * nothing is. A text that has U+FFFD itself is refused, too: nobody writes it, and its characters are lost.
 */
export function utf8Issue(text: string): string | undefined {
  const issue = brokenUtf8(text);
  return issue && describeIssue(issue);
}

/** The same for a table of issues. */
export function brokenUtf8(text: string): Issue | undefined {
  const at = text.indexOf(REPLACEMENT);
  return at < 0 ? undefined : issueAt(text, at);
}

/** @param at Where in the text the bytes were not a character. */
export function notUtf8(text: string, at: number): string {
  return describeIssue(issueAt(text, at));
}

function issueAt(text: string, at: number): Issue {
  return issueOf("notUtf8", { before: text.slice(Math.max(0, at - SHOWN), at) });
}
