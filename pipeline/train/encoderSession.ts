/** Sessions that compute features of pretrained encoders: on the GPU, if towers are trained on one. */

import { openChildSession } from "../../node/childSession.ts";
import { packageVersion } from "../../node/packageVersion.ts";
import { type Feeds, openSession, type Session } from "../../node/session.ts";
import type { Backend } from "../config/schema.ts";

/** A graph of features. */
export interface EncoderGraph {
  readonly onnx: Uint8Array;
  /** The outputs that are read; default: all. */
  readonly outputs?: readonly string[];
  /** A batch that providers are tried with. */
  readonly trial: Feeds;
}

export interface EncoderSessionOptions {
  readonly backend: Backend;
  /** What the features are called in messages. */
  readonly what: string;
  /** Called with a sentence if the GPU does not compute them. */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Called with a line about the provider that computes them, if it is not the CPU. */
  readonly onProvider?: ((line: string) => void) | undefined;
}

/** Features that GPUs compute differ in their last digits; on the other backends, a run has the same bytes everywhere. */
export const isOnGpu = (backend: Backend): boolean =>
  backend === "tensorflow-gpu" || backend === "webgpu";

/** What computes features, as a part of their cache's key. */
export function featureRuntime(backend: Backend): string {
  const runtime = `onnxruntime-node ${packageVersion("onnxruntime-node")}`;
  return isOnGpu(backend) ? `${runtime} on a GPU` : runtime;
}

/**
 * On the CPU, or on the best provider that answers as it does. GPUs are used in another process: TensorFlow and ONNX Runtime
 * may need different versions of one library of CUDA. If that process ends, the CPU goes on.
 *
 * @param openChild Opens the session in the other process.
 */
export async function openEncoder(
  graph: EncoderGraph,
  { backend, what, onWarning, onProvider }: EncoderSessionOptions,
  openChild = openChildSession,
): Promise<Session> {
  const { onnx, trial } = graph;
  const options = graph.outputs ? { outputs: graph.outputs } : {};
  if (!isOnGpu(backend)) return openSession(onnx, options);
  const child = await openChild(onnx, trial, { ...options, wanted: "auto" });
  const { provider, refused } = child;
  if (provider === "cpu") {
    const reasons = refused.map((one) => `${one.provider}: ${one.reason}`).join("; ");
    onWarning?.(
      `${what} are computed on the CPU, because ONNX Runtime cannot use the GPU (npm run doctor says more): ${reasons}`,
    );
    return child;
  }
  onProvider?.(`  ${what} on ${provider}`);
  let current: Session = child;
  return {
    async run(feeds) {
      try {
        return await current.run(feeds);
      } catch (error) {
        if (current !== child) throw error;
        const { message } = error as Error;
        onWarning?.(
          `the CPU computes the rest of the ${what}, because ${provider} failed: ${message}`,
        );
        await child.close();
        current = await openSession(onnx, options);
        return current.run(feeds);
      }
    },
    close: () => current.close(),
  };
}
