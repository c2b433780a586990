/**
 * Sessions in a process of their own: what drivers say by themselves ends up in a list instead of on the standard error, a
 * driver that crashes takes nothing along, and the libraries of a GPU do not meet others of their kind.
 */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Tensor } from "../predictor/tensor.ts";
import { SCRIPT_FLAGS, scriptUrl } from "./script.ts";
import {
  type Feeds,
  openSession,
  type Provider,
  type TrialOptions,
  type TriedSession,
} from "./session.ts";

/** Ends the process. */
export const CLOSE = "close";

/** What the process is asked first; then `Feeds`, one after another. */
export interface OpenTask extends TrialOptions {
  readonly graph: Uint8Array;
  readonly trial: Feeds;
}

/** What it answers to the task. */
export type OpenAnswer = Pick<TriedSession, "provider" | "refused"> | { readonly error: string };

/** What it answers to feeds. */
export type RunAnswer =
  | { readonly outputs: Readonly<Record<string, Tensor>> }
  | { readonly error: string };

export interface ChildSession extends TriedSession {
  /** Lines that drivers wrote; complete once the session is closed. */
  readonly said: readonly string[];
}

/** Number of the driver's output lines that are kept; the rest is dropped. */
const MAX_LINES = 20;

/**
 * Opens a session as `openTriedSession` does; on the CPU, and in this process, if a driver ends the other one. Runs take
 * turns.
 *
 * @param trial A batch that every provider is tried with.
 * @param script URL of the process's script.
 * @returns A session whose `run` throws once its driver has ended the process.
 * @throws Error if not even the CPU can run the graph.
 */
export async function openChildSession(
  graph: Uint8Array,
  trial: Feeds,
  options: TrialOptions,
  script = new URL("./sessionProcess.ts", import.meta.url),
): Promise<ChildSession> {
  const child = fork(fileURLToPath(scriptUrl(script)), [], {
    execArgv: [...SCRIPT_FLAGS],
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const said: string[] = [];
  for (const stream of [child.stdout!, child.stderr!]) collectLines(stream, said);
  const ended = endOf(child);
  const close = async () => {
    // Not `disconnect`: Node then never says that the process has closed.
    if (child.connected) child.send(CLOSE, () => {});
    await ended;
  };
  const answer = await ask<OpenAnswer>(child, ended, { ...options, graph, trial });
  if (typeof answer === "string") {
    const { wanted, ...settings } = options;
    const reason = `its trial ended with ${answer}`;
    const session = await openSession(graph, { ...settings, provider: "cpu" });
    return {
      run: session.run,
      provider: "cpu",
      refused: [{ provider: suspect(wanted), reason }],
      said,
      close: session.close,
    };
  }
  if ("error" in answer) {
    await close();
    throw new Error(answer.error);
  }
  const { provider } = answer;
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...answer,
    said,
    run(feeds) {
      const turn = last.then(async () => {
        const found = await ask<RunAnswer>(child, ended, feeds);
        if (typeof found === "string") throw new Error(`${provider} ended with ${found}`);
        if ("error" in found) throw new Error(found.error);
        return { ...found.outputs };
      });
      last = turn.catch(() => {});
      return turn;
    },
    close,
  };
}

/** Finds the provider that runs the graph, as `openChildSession` does, and closes its session. */
export async function tryProviders(
  ...[graph, trial, options, script]: Parameters<typeof openChildSession>
): Promise<Pick<ChildSession, "provider" | "refused" | "said">> {
  const { provider, refused, said, close } = await openChildSession(graph, trial, options, script);
  await close();
  return { provider, refused, said };
}

/** @returns The answer, or how the process ended. */
async function ask<Answer extends object>(
  child: ChildProcess,
  ended: Promise<string>,
  question: OpenTask | Feeds,
): Promise<Answer | string> {
  const stop = new AbortController();
  const answer = once(child, "message", { signal: stop.signal }) as Promise<[Answer]>;
  // If the process has ended, its end is the answer.
  if (child.connected) child.send(question, () => {});
  try {
    return await Promise.race([answer.then(([value]) => value), ended]);
  } finally {
    answer.catch(() => {});
    stop.abort();
  }
}

/** Resolves with the signal or the exit code, once all has been read that the process wrote. */
async function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

function collectLines(stream: Readable, lines: string[]): void {
  createInterface(stream).on("line", (line) => {
    if (line.trim() !== "" && lines.length < MAX_LINES) lines.push(line);
  });
}

/** The provider to blame for the crash: the one asked for; with auto, WebGPU, the last one tried before the CPU. */
function suspect(wanted: Provider | "auto"): Provider {
  return wanted === "auto" ? "webgpu" : wanted;
}
