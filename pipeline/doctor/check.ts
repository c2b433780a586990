/**
 * Checks whether one backend or execution provider works, and prints a `CheckResult` as JSON. In a process of its own:
 * native libraries crash, print, and keep others of their kind from loading.
 */

import { layers, sequential } from "@tensorflow/tfjs-layers";
import { openTriedSession, PROVIDERS, type Provider, trialFeeds } from "../../node/session.ts";
import { convert } from "../export/convert.ts";
import { toArtifacts } from "../model/artifacts.ts";
import { startBackend, TRAINING_BACKENDS, tryBackend } from "../train/backend.ts";
import { setWasmThreads } from "../train/wasmThreads.ts";

export type CheckResult =
  | {
      readonly works: true;
      readonly description: string;
      /** Why it is not chosen by itself. */
      readonly objection?: string;
    }
  | { readonly works: false; readonly reason: string };

async function checkBackend(name: string): Promise<CheckResult> {
  const backend = TRAINING_BACKENDS.find((one) => one.name === name)!;
  setWasmThreads();
  const tried = await tryBackend(backend);
  if ("reason" in tried) return { works: false, reason: tried.reason };
  const objection = await backend.objection?.();
  const { description } = tried.started;
  return { works: true, description, ...(objection === undefined ? {} : { objection }) };
}

/** A small graph of the kinds of layers that ours has, answered as the CPU answers it. */
async function checkProvider(wanted: Provider): Promise<CheckResult> {
  await startBackend("cpu");
  const model = sequential({
    layers: [
      layers.conv2d({ inputShape: [16, 16, 3], filters: 4, kernelSize: 3, activation: "relu" }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 5, activation: "sigmoid" }),
    ],
  });
  const { onnx, inputs } = convert(await toArtifacts(model));
  const [{ name, shape }] = inputs as [(typeof inputs)[number]];
  const info = { name, type: "float32", shape: shape.map((size) => size ?? "?") } as const;
  const session = await openTriedSession(onnx, trialFeeds([info]), { wanted });
  await session.close();
  const [refused] = session.refused;
  return refused
    ? { works: false, reason: refused.reason }
    : { works: true, description: session.provider };
}

const [kind, name] = process.argv.slice(2);
const provider = PROVIDERS.find((one) => one === name);
const result: CheckResult = await (kind === "provider" && provider
  ? checkProvider(provider)
  : checkBackend(name!)
).catch((error: Error) => ({ works: false, reason: error.message }));
process.stdout.write(`\n${JSON.stringify(result)}\n`);
