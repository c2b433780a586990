/**
 * Tries execution providers in a process of its own: what drivers say by themselves ends up in a list instead of on the
 * standard error, and a driver that crashes takes nothing along.
 */

import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { TensorInfo } from "../predictor/manifest.ts";
import { SCRIPT_FLAGS, scriptUrl } from "./script.ts";
import type { Provider, TriedSession } from "./session.ts";

/** What the process is asked; the graph's bytes follow on its standard input. */
export interface TrialTask {
  readonly inputs: readonly TensorInfo[];
  readonly wanted: Provider | "auto";
  readonly threads: number;
}

/** What it answers. */
export type TrialAnswer = Pick<TriedSession, "provider" | "refused"> | { readonly error: string };

export interface Trial extends Pick<TriedSession, "provider" | "refused"> {
  /** Lines that drivers wrote. */
  readonly said: readonly string[];
}

/** Of what drivers say; the rest is dropped. */
const MAX_LINES = 20;

/**
 * Finds the provider that runs the graph, as `openTriedSession` does: the CPU, if a driver ends the process.
 *
 * @param script URL of the process's script.
 * @throws Error if not even the CPU can run the graph.
 */
export async function tryProviders(
  graph: Uint8Array,
  task: TrialTask,
  script = new URL("./providerTrialChild.ts", import.meta.url),
): Promise<Trial> {
  const path = fileURLToPath(scriptUrl(script));
  const child = spawn(process.execPath, [...SCRIPT_FLAGS, path, JSON.stringify(task)]);
  const ended = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  // A process that has ended takes no more of the graph.
  child.stdin.on("error", () => {});
  child.stdin.end(graph);
  const [output, errors, end] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const said = linesOf(errors).slice(0, MAX_LINES);
  // Drivers may write to the standard output, too.
  const last = linesOf(output).at(-1) ?? "";
  if (!last.startsWith("{")) {
    const reason = `its trial ended with ${end}`;
    return { provider: "cpu", refused: [{ provider: suspect(task.wanted), reason }], said };
  }
  const answer = JSON.parse(last) as TrialAnswer;
  if ("error" in answer) throw new Error(answer.error);
  return { ...answer, said };
}

function linesOf(output: string): string[] {
  return output.split(/\r?\n/).filter((line) => line.trim() !== "");
}

/** The provider whose driver ended the process: of all, the last that is not the CPU. */
function suspect(wanted: Provider | "auto"): Provider {
  return wanted === "auto" ? "webgpu" : wanted;
}
