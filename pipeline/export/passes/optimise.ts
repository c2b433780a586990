/** The passes over a finished graph, in the order they run. */
import type { Graph } from "../ir.ts";
import { foldAffine } from "./affine.ts";
import { mergeCasts, mergeReshapes, removeDead, removeIdentities } from "./cleanup.ts";
import { tidyNames } from "./names.ts";
import { mergePads } from "./padding.ts";
import { rewritePRelus } from "./prelu.ts";
import { protectResizes } from "./resize.ts";
import { shareConstants, shareNodes } from "./share.ts";
import { sinkTransposes, trivialTransposes } from "./transposes.ts";

/** In place. Transposes move before constants fold, for a fold needs its neighbours side by side. */
export function optimise(graph: Graph): void {
  mergeCasts(graph);
  shareConstants(graph);
  shareNodes(graph);
  sinkTransposes(graph);
  removeDead(graph); // transposes nobody reads any more would count as a use
  foldAffine(graph);
  mergePads(graph);
  trivialTransposes(graph);
  protectResizes(graph);
  rewritePRelus(graph);
  mergeReshapes(graph);
  removeIdentities(graph);
  removeDead(graph);
  shareConstants(graph);
  shareNodes(graph);
  removeDead(graph);
  tidyNames(graph);
}
