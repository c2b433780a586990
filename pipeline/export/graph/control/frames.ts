/** Finds the loops of a graph that has them as frames of Enter, Merge, Switch, NextIteration and Exit nodes. */
import type { Edge, NodeDef } from "../graphDef.ts";

/** A value that a loop carries from one iteration to the next. */
export interface FrameVariable {
  readonly init: Edge;
  readonly merge: string;
  /** Absent where the body does not read it. */
  readonly switch: string | undefined;
  readonly next: Edge;
}

export interface Frame {
  readonly name: string;
  readonly variables: readonly FrameVariable[];
  /** Absent in a broken graph. */
  readonly condition: Edge | undefined;
  /** Nodes that depend on a carried value: those of the condition and of the body. */
  readonly inside: ReadonlySet<string>;
}

/** The loops of a graph, by the nodes that make them. */
export interface Frames {
  /** The frame that a Merge belongs to; a Merge without one joins the branches of a condition. */
  readonly ofMerge: ReadonlyMap<string, Frame>;
  /** name of an Exit -> its frame, and which of the variables it hands out. */
  readonly ofExit: ReadonlyMap<string, { readonly frame: Frame; readonly variable: number }>;
}

type Nodes = ReadonlyMap<string, NodeDef>;

export function framesOf(nodes: Nodes): Frames {
  const readers = readersOf(nodes);
  const merges = new Map<string, { enter: NodeDef; merge: NodeDef; next: NodeDef }[]>();
  for (const merge of nodes.values()) {
    if (merge.op !== "Merge") continue;
    const sources = merge.inputs.map(({ node }) => nodes.get(node));
    const enter = sources.find((node) => node?.op === "Enter");
    const next = sources.find((node) => node?.op === "NextIteration");
    if (!enter || !next) continue;
    const name = enter.attrs.text("frame_name", "");
    merges.set(name, [...(merges.get(name) ?? []), { enter, merge, next }]);
  }
  const ofMerge = new Map<string, Frame>();
  const ofExit = new Map<string, { frame: Frame; variable: number }>();
  for (const [name, members] of merges) {
    const switches = members.map(({ merge }) =>
      (readers.get(merge.name) ?? []).find(
        ({ op, inputs }) => op === "Switch" && inputs[0]?.node === merge.name,
      ),
    );
    const condition = switches
      .map((node) => nodes.get(node?.inputs[1]?.node ?? ""))
      .find((node) => node?.op === "LoopCond")?.inputs[0];
    const exits = switches.map((node) =>
      (readers.get(node?.name ?? "") ?? []).filter(({ op }) => op === "Exit"),
    );
    const frame: Frame = {
      name,
      condition,
      variables: members.map(({ enter, merge, next }, i) => ({
        init: enter.inputs[0]!,
        merge: merge.name,
        switch: switches[i]?.name,
        next: next.inputs[0]!,
      })),
      inside: dependents(
        readers,
        members.map(({ merge }) => merge.name),
        new Set(exits.flat().map((exit) => exit.name)),
      ),
    };
    for (const { merge } of members) ofMerge.set(merge.name, frame);
    for (const [variable, list] of exits.entries())
      for (const exit of list) ofExit.set(exit.name, { frame, variable });
  }
  return { ofMerge, ofExit };
}

/** node -> the nodes that read it. */
export function readersOf(nodes: Nodes): Map<string, NodeDef[]> {
  const readers = new Map<string, NodeDef[]>();
  for (const node of nodes.values()) {
    for (const { node: from } of node.inputs) {
      const list = readers.get(from);
      if (list) list.push(node);
      else readers.set(from, [node]);
    }
  }
  return readers;
}

/** The nodes that depend on one of `from` in the same iteration, themselves included, up to those in `until`. */
export function dependents(
  readers: ReadonlyMap<string, readonly NodeDef[]>,
  from: readonly string[],
  until: ReadonlySet<string> = new Set(),
): Set<string> {
  const found = new Set(from);
  const queue = [...from];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    for (const reader of readers.get(name) ?? []) {
      if (found.has(reader.name) || until.has(reader.name) || reader.op === "NextIteration")
        continue;
      found.add(reader.name);
      queue.push(reader.name);
    }
  }
  return found;
}
