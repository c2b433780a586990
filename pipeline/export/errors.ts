/** The error for models and options that cannot be converted: all issues of them, each with its place. */

export interface ConversionIssue {
  /** Where: a layer's path (`encoder/dense_1`), a weight's name, or a part of the file. */
  path: string;
  /** What is wrong there and what can be done about it, as one sentence without a full stop. */
  message: string;
}

/** Issues with one cause. */
export interface IssueGroup {
  /** The first of them. */
  first: ConversionIssue;
  /** The paths of all, the first one's in front. */
  paths: readonly string[];
}

/** Holds all issues of one conversion, so that they can be mended in one go; the message has one line per cause. */
export class ConvertError extends Error {
  readonly issues: readonly ConversionIssue[];

  constructor(issues: readonly ConversionIssue[]) {
    const groups = groupIssues(issues);
    const lines = groups.map(describeGroup);
    const kinds = groups.length === 1 ? "one kind" : `${groups.length} kinds`;
    const count = `${issues.length} issues${groups.length < issues.length ? ` of ${kinds}` : ""}`;
    super(
      issues.length === 1
        ? `Cannot convert the model: ${lines[0]}.`
        : `Cannot convert the model, ${count}:\n${lines.map((l) => `  - ${l}.`).join("\n")}`,
    );
    this.name = "ConvertError";
    this.issues = issues;
  }
}

/** Groups in the order of their first issues. */
export function groupIssues(issues: readonly ConversionIssue[]): IssueGroup[] {
  const groups = new Map<string, { first: ConversionIssue; paths: string[] }>();
  for (const issue of issues) {
    const key = causeOf(issue.message);
    const group = groups.get(key);
    if (group) group.paths.push(issue.path);
    else groups.set(key, { first: issue, paths: [issue.path] });
  }
  return [...groups.values()];
}

/** A message without what differs from place to place: the layer's class, names of weights, shapes. */
function causeOf(message: string): string {
  return message
    .replace(/^\(\w+\) /, "")
    .replace(/"[^"\s]*\/[^"\s]*"/g, '"/"')
    .replace(/\[[\w?,. -]*\]/g, "[]");
}

/** `dense: (Dense) weight ... is not in the weights file; the same at dense_1, dense_2 and 17 more` */
export function describeGroup({ first, paths }: IssueGroup): string {
  const line = first.path ? `${first.path}: ${first.message}` : first.message;
  return paths.length > 1 ? `${line}; the same at ${firstOf(paths.slice(1))}` : line;
}

/** `a, b, c and 4 more` */
export function firstOf(names: readonly string[], shown = 3): string {
  const rest = names.length - shown;
  return rest > 0 ? `${names.slice(0, shown).join(", ")} and ${rest} more` : names.join(", ");
}

/** The model could be converted, but its graph is not accurate enough or its file cannot be written. */
export class OutputError extends ConvertError {}

/** A refusal without a place: emit.ts makes a ConversionIssue of it with the path of the layer. */
export class Refusal extends Error {}

/** A refusal of what TensorFlow.js does not load, or fails to run, either: see layersModel.ts. */
export class TfjsRefusal extends Refusal {}

/** Stops the conversion of one layer; the others are still converted, to find their issues too. */
export function refuse(message: string): never {
  throw new Refusal(message);
}

/** Throws a ConvertError with a single issue. */
export function reject(path: string, message: string): never {
  throw new ConvertError([{ path, message }]);
}

/** What `read` gives; a refusal of its becomes the issue of a place. */
export function atPlace<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    reject(path, error.message);
  }
}

/** Thrown where something is needed that has been refused already, and the issue noted. */
export class Unavailable extends Error {}
