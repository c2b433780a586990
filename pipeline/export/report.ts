/** Texts that the command and the converter page share. */
import type { Conversion } from "./convert.ts";

export const scientific = (x: number) => x.toExponential(2);
export const kilobytes = (bytes: number) =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;

/** Notes for whoever uses the file: states to feed, nodes to keep off WebGPU, warnings. */
export function notesOf({ states, webgpuCpuNodes, warnings }: Conversion): string[] {
  const notes = states.map(
    ({ input, output }) => `state: feed "${input}" (zeros first) with the last "${output}"`,
  );
  if (webgpuCpuNodes.length > 0)
    notes.push(`WebGPU: needs forceCpuNodeNames: ${JSON.stringify(webgpuCpuNodes)}`);
  return [...notes, ...warnings.map((warning) => `note: ${warning}`)];
}
