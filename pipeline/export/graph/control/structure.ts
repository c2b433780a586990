/** The loops and conditions among the nodes of a graph or a function, found when they are first asked for. */
import type { Edge, NodeDef } from "../graphDef.ts";
import { type Condition, conditionsOf } from "./conditions.ts";
import { type Frames, framesOf } from "./frames.ts";

export class Structure {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  private readonly outputs: readonly Edge[];
  private foundFrames: Frames | undefined;
  private foundConditions: ReadonlyMap<string, Condition> | undefined;

  constructor(nodes: ReadonlyMap<string, NodeDef>, outputs: readonly Edge[]) {
    this.nodes = nodes;
    this.outputs = outputs;
  }

  get frames(): Frames {
    this.foundFrames ??= framesOf(this.nodes);
    return this.foundFrames;
  }

  /** By their Merge. */
  get conditions(): ReadonlyMap<string, Condition> {
    this.foundConditions ??= conditionsOf(this.nodes, this.frames, this.needed());
    return this.foundConditions;
  }

  /** The nodes that the outputs depend on. */
  private needed(): Set<string> {
    const found = new Set<string>();
    const queue = this.outputs.map(({ node }) => node);
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      for (const { node } of this.nodes.get(name)?.inputs ?? []) queue.push(node);
    }
    return found;
  }
}
