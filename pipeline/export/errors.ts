/** The one error the converter throws on purpose: every issue found, each with the place it was found. */

export interface ConversionIssue {
  /** Where: a layer's path (`encoder/dense_1`), a weight's name, or a part of the file. */
  path: string;
  /** What is wrong there and what can be done about it, as one sentence without a full stop. */
  message: string;
}

/** Thrown with all issues of one conversion together; nothing is written when it is. */
export class ConvertError extends Error {
  readonly issues: readonly ConversionIssue[];

  constructor(issues: readonly ConversionIssue[]) {
    const lines = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    super(
      lines.length === 1
        ? `Cannot convert the model: ${lines[0]}.`
        : `Cannot convert the model, ${lines.length} issues:\n${lines.map((l) => `  - ${l}.`).join("\n")}`,
    );
    this.name = "ConvertError";
    this.issues = issues;
  }
}

/** A refusal whose place is not known yet; whoever knows the path wraps it into a ConversionIssue. */
export class Refusal extends Error {}

/** Stops the work on one layer; the caller adds the layer's path and goes on with the others. */
export function refuse(message: string): never {
  throw new Refusal(message);
}

/** Throws a ConvertError with a single issue. */
export function reject(path: string, message: string): never {
  throw new ConvertError([{ path, message }]);
}
