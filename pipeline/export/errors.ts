/** The one error the converter throws on purpose: every problem found, each with the place it was found. */

export interface Problem {
  /** Where: a layer's path (`encoder/dense_1`), a weight's name, or a part of the file. */
  path: string;
  /** What is wrong there and what can be done about it, as one sentence without a full stop. */
  message: string;
}

/** Thrown with all problems of one conversion together; nothing is written when it is. */
export class ConvertError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const lines = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    super(
      lines.length === 1
        ? `Cannot convert the model: ${lines[0]}.`
        : `Cannot convert the model, ${lines.length} problems:\n${lines.map((l) => `  - ${l}.`).join("\n")}`,
    );
    this.name = "ConvertError";
    this.problems = problems;
  }
}

/** A refusal whose place is not known yet; whoever knows the path wraps it into a Problem. */
export class Refusal extends Error {}

/** Stops the work on one layer; the caller adds the layer's path and goes on with the others. */
export function refuse(message: string): never {
  throw new Refusal(message);
}

/** Throws a ConvertError with a single problem. */
export function reject(path: string, message: string): never {
  throw new ConvertError([{ path, message }]);
}
