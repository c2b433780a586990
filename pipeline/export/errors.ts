/** The error for models and options that cannot be converted: all issues of them, each with its place. */

export interface ConversionIssue {
  /** Where: a layer's path (`encoder/dense_1`), a weight's name, or a part of the file. */
  path: string;
  /** What is wrong there and what can be done about it, as one sentence without a full stop. */
  message: string;
}

/** Holds all issues of one conversion, so that they can be mended in one go. */
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

/** The model could be converted, but its graph is not accurate enough or its file cannot be written. */
export class OutputError extends ConvertError {}

/** A refusal without a place: emit.ts makes a ConversionIssue of it with the path of the layer. */
export class Refusal extends Error {}

/** Stops the conversion of one layer; the others are still converted, to find their issues too. */
export function refuse(message: string): never {
  throw new Refusal(message);
}

/** Throws a ConvertError with a single issue. */
export function reject(path: string, message: string): never {
  throw new ConvertError([{ path, message }]);
}
