/** What PromQL expressions read, by Prometheus' own grammar. */

import { parser } from "@prometheus-io/lezer-promql";

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

export interface Query {
  readonly metrics: readonly { readonly name: string; readonly matchers: readonly Matcher[] }[];
  /** Labels of `by`, `on`, `ignoring` and the like. */
  readonly labels: readonly string[];
}

type Node = ReturnType<typeof parser.parse>["topNode"];

/** @throws Error if it is no PromQL. */
export function readQuery(expression: string): Query {
  const text = ({ from, to }: Node) => expression.slice(from, to);
  const metrics: { name: string; matchers: Matcher[] }[] = [];
  const labels: string[] = [];
  const all: Node[] = [];
  parser.parse(expression).iterate({ enter: ({ node }) => void all.push(node) });
  for (const node of all) {
    if (node.type.isError) {
      throw new Error(`"${expression}" is wrong at ${node.from}: ${text(node.parent!)}`);
    }
    const { name } = node.type;
    if (name === "VectorSelector") {
      const matchers = all.filter(
        (other) =>
          other.type.name === "UnquotedLabelMatcher" &&
          other.from >= node.from &&
          other.to <= node.to,
      );
      metrics.push({
        name: text(node.getChild("Identifier")!),
        matchers: matchers.map((matcher) => ({
          label: text(matcher.getChild("LabelName")!),
          operator: text(matcher.getChild("MatchOp")!),
          value: JSON.parse(text(matcher.getChild("StringLiteral")!)) as string,
        })),
      });
    }
    if (name === "LabelName" && node.parent!.type.name === "GroupingLabels") {
      labels.push(text(node));
    }
  }
  return { metrics, labels };
}
