/** What errors say, in the page's language; in English, what no table has. */

import { describeIssue, type Issue } from "../../predictor/issues.ts";
import { language, strings } from "../strings/strings.ts";
import { inLanguage } from "../troubles.ts";
import type { RuntimeFault } from "../worker/runtimeFailure.ts";

interface Problem {
  readonly message: string;
  /** The detail of an InputError. */
  readonly detail?: string | undefined;
  readonly issue?: Issue | undefined;
  /** The issue of a Trouble. */
  readonly trouble?: Issue | undefined;
  /** The fault of a RuntimeFailure. */
  readonly fault?: RuntimeFault | undefined;
}

/** What is wrong with an input, without its name; undefined where the problem is another one. */
export function detailOf({ detail, issue }: Pick<Problem, "detail" | "issue">): string | undefined {
  return issue && language ? describeIssue(issue, strings.issues) : detail;
}

export function messageOf({ message, trouble, fault }: Problem): string {
  // Programs, which show nothing, are told in English.
  if (!language) return message;
  if (trouble) return inLanguage(trouble, strings.troubles);
  return fault === undefined ? message : strings.faults[fault];
}
