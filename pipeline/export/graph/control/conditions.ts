/** Finds the conditions of a graph that has them as Switch and Merge nodes: which Switch a Merge closes, and how. */
import type { Edge, NodeDef } from "../graphDef.ts";
import { dependents, type Frames, readersOf } from "./frames.ts";

/** A Merge that joins the two branches of a condition. */
export interface Condition {
  readonly predicate: Edge;
  /** The Merge's input for each value of the predicate: [if false, if true]. */
  readonly inputs: readonly [number, number];
  /** Nodes that depend on a Switch of this predicate. */
  readonly inside: ReadonlySet<string>;
  /** The Merges that are written together, this one among them: same predicate and place, none depends on another. */
  readonly together: readonly string[];
}

type Nodes = ReadonlyMap<string, NodeDef>;

interface Predicate {
  readonly edge: Edge;
  readonly switches: string[];
  /** Nodes that depend on one of the Switches, where it has been asked for. */
  inside: ReadonlySet<string> | undefined;
}

/** Predicate and value ("node:0=1") of every Switch that a value has passed and that no Merge has closed. */
type Passed = ReadonlySet<string>;

const NONE: Passed = new Set();

/** The edge behind identities, as text: one predicate has one name. */
export function predicateOf(nodes: Nodes, edge: Edge): { key: string; edge: Edge } {
  let at = edge;
  for (let node = nodes.get(at.node); node?.op === "Identity"; node = nodes.get(at.node))
    at = node.inputs[0]!;
  return { key: `${at.node}:${at.index}`, edge: at };
}

/** The conditions of a graph, by their Merge; those not in `needed` are written by themselves. */
export function conditionsOf(
  nodes: Nodes,
  frames: Frames,
  needed: ReadonlySet<string>,
): Map<string, Condition> {
  const found = new Map<string, Condition>();
  const groups = new Map<string, string[][]>();
  const predicates = new Map<string, Predicate>();
  const isCondition = (node: NodeDef) =>
    node.op === "Switch" && nodes.get(node.inputs[1]!.node)?.op !== "LoopCond";
  for (const node of nodes.values()) {
    if (!isCondition(node)) continue;
    const { key, edge } = predicateOf(nodes, node.inputs[1]!);
    const known = predicates.get(key) ?? { edge, switches: [], inside: undefined };
    known.switches.push(node.name);
    predicates.set(key, known);
  }
  if (predicates.size === 0) return found;
  const readers = readersOf(nodes);
  const passed = new Map<string, Passed>();
  const passedAt = ({ node: name, index }: Edge): Passed => {
    const node = nodes.get(name);
    const own = passed.get(name) ?? NONE;
    if (!node || !isCondition(node)) return own;
    return new Set([...own, `${predicateOf(nodes, node.inputs[1]!).key}=${index}`]);
  };
  const visit = (node: NodeDef): void => {
    const inputs = frames.ofMerge.has(node.name) ? node.inputs.slice(0, 1) : node.inputs;
    const all = inputs.map(passedAt);
    if (node.op !== "Merge" || frames.ofMerge.has(node.name)) {
      passed.set(node.name, union(all));
      return;
    }
    const closed = closedBy(all);
    if (!closed) {
      passed.set(node.name, union(all));
      return;
    }
    passed.set(node.name, new Set([...union(all)].filter((p) => !p.startsWith(`${closed.key}=`))));
    const predicate = predicates.get(closed.key)!;
    predicate.inside ??= dependents(readers, predicate.switches);
    const { edge, inside } = predicate;
    const around = loops.filter((frame) => frame.inside.has(node.name)).map(({ name }) => name);
    const place = [closed.key, ...around, ...[...passed.get(node.name)!].sort()].join(" ");
    const together = groupOf(groups, place, node.name);
    found.set(node.name, { predicate: edge, inputs: closed.inputs, inside, together });
  };
  const loops = [...new Set(frames.ofMerge.values())];
  /** The group that the Merge can join, or one of its own. */
  const groupOf = (groups: Map<string, string[][]>, place: string, merge: string): string[] => {
    const known = groups.get(place) ?? [];
    const group = needed.has(merge)
      ? known.find((members) => !dependents(readers, members).has(merge))
      : undefined;
    if (group) group.push(merge);
    else if (needed.has(merge)) groups.set(place, [...known, [merge]]);
    return group ?? groups.get(place)?.find((members) => members.includes(merge)) ?? [merge];
  };
  for (const node of inOrder(nodes, frames)) visit(node);
  return found;
}

function union(sets: readonly Passed[]): Passed {
  const some = sets.filter((s) => s.size > 0);
  return some.length > 1 ? new Set(some.flatMap((s) => [...s])) : (some[0] ?? NONE);
}

/** The predicate that has one value at the first input and the other at the second, which may show neither. */
function closedBy(
  inputs: readonly Passed[],
): { key: string; inputs: [number, number] } | undefined {
  const [first, second] = inputs;
  if (inputs.length !== 2 || !first || !second) return undefined;
  const split = (p: string) => ({ key: p.slice(0, -2), side: Number(p.slice(-1)) });
  const other = (p: string) => `${p.slice(0, -1)}${1 - Number(p.slice(-1))}`;
  const from = (p: string, input: number): { key: string; inputs: [number, number] } => {
    const { key, side } = split(p);
    return { key, inputs: side === input ? [0, 1] : [1, 0] };
  };
  const opposed = [...first].filter((p) => second.has(other(p))).at(-1);
  if (opposed) return from(opposed, 0);
  const one = [...first].filter((p) => !second.has(p)).at(-1);
  if (one) return from(one, 0);
  const two = [...second].filter((p) => !first.has(p)).at(-1);
  return two ? from(two, 1) : undefined;
}

/** The nodes, each after those it reads; the way back of a loop counts as no reading. */
function inOrder(nodes: Nodes, frames: Frames): NodeDef[] {
  const order: NodeDef[] = [];
  const seen = new Set<string>();
  for (const root of nodes.values()) {
    const stack: { node: NodeDef; open: boolean }[] = [{ node: root, open: false }];
    for (let top = stack.pop(); top; top = stack.pop()) {
      const { node, open } = top;
      if (open) order.push(node);
      else if (!seen.has(node.name)) {
        seen.add(node.name);
        stack.push({ node, open: true });
        const inputs = frames.ofMerge.has(node.name)
          ? node.inputs.filter(({ node: from }) => nodes.get(from)?.op !== "NextIteration")
          : node.inputs;
        for (const { node: from } of inputs) {
          const next = nodes.get(from);
          if (next && !seen.has(from)) stack.push({ node: next, open: false });
        }
      }
    }
  }
  return order;
}
