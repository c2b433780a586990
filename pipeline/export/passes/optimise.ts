/** The passes over a finished graph, in the order they run. */
import type { Graph } from "../ir.ts";
import { removeDead, removeIdentities } from "./cleanup.ts";

export function optimise(graph: Graph): void {
  removeIdentities(graph);
  removeDead(graph);
}
