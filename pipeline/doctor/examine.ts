/** What this machine can do: every backend and execution provider, each really tried. */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pLimit from "p-limit";
import { adviseCuda } from "../../node/cudaProvider.ts";
import { SCRIPT_FLAGS, scriptUrl } from "../../node/script.ts";
import { PROVIDERS, type Provider } from "../../node/session.ts";
import { TRAINING_BACKENDS } from "../train/backend.ts";
import type { CheckResult } from "./check.ts";
import { describeMachine, type Machine } from "./machine.ts";

/** A training backend or an execution provider, and whether it works here. */
export interface RuntimeCheck {
  readonly name: string;
  readonly result: CheckResult;
  /** What to do where it does not work. */
  readonly advice: string;
}

export interface Examination {
  readonly machine: Machine;
  /** Training, in the order in which `--backend auto` tries them. */
  readonly backends: readonly RuntimeCheck[];
  /** Inference, in the order in which `--provider auto` tries them. */
  readonly providers: readonly RuntimeCheck[];
  /** What `--backend auto` takes; undefined if nothing works. */
  readonly chosen?: string;
}

const PROVIDER_ADVICE: Readonly<Record<Provider, () => string>> = {
  cuda: adviseCuda,
  webgpu: () => "a GPU and its driver: Vulkan on Linux, Metal on macOS, Direct3D 12 on Windows",
  cpu: () => "npm ci; on Linux with glibc 2.28 or newer",
};

/** Two at a time: each loads a runtime, and drivers take turns anyway. */
const AT_A_TIME = 2;
/** Software adapters compile shaders for a minute. */
const TIMEOUT_MS = 120_000;

export async function examine(): Promise<Examination> {
  const limit = pLimit(AT_A_TIME);
  const [machine, backends, providers] = await Promise.all([
    describeMachine(),
    Promise.all(
      TRAINING_BACKENDS.map(async ({ name, advice }) => ({
        name,
        advice,
        result: await limit(check, "backend", name),
      })),
    ),
    Promise.all(
      PROVIDERS.map(async (name) => ({
        name,
        advice: PROVIDER_ADVICE[name](),
        result: await limit(check, "provider", name),
      })),
    ),
  ]);
  const chosen = backends.find(
    ({ result }) => result.works && result.objection === undefined,
  )?.name;
  return { machine, backends, providers, ...(chosen === undefined ? {} : { chosen }) };
}

async function check(kind: "backend" | "provider", name: string): Promise<CheckResult> {
  const script = fileURLToPath(scriptUrl(new URL("./check.ts", import.meta.url)));
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...SCRIPT_FLAGS, script, kind, name],
      { timeout: TIMEOUT_MS },
    );
    return JSON.parse(stdout.trim().split("\n").at(-1)!);
  } catch (error) {
    const { signal, killed, message } = error as Error & { signal?: string; killed?: boolean };
    const reason = killed
      ? `it does not answer within ${TIMEOUT_MS / 1000} s`
      : `its process ended ${signal ? `by ${signal}` : `with: ${message.split("\n")[0]}`}`;
    return { works: false, reason };
  }
}
