/** onnxruntime-node behind the predictor's `run(feeds)`. */

import * as ort from "onnxruntime-node";
import type { Run, Tensor } from "../predictor/tensor.ts";

export interface SessionOptions {
  /** CPU threads of one operator; 0 lets the runtime take one per core. */
  readonly threads?: number;
}

export interface Session {
  readonly run: Run;
  close(): Promise<void>;
}

/** @param model Path of an ONNX file, or its bytes. */
export async function openSession(
  model: string | Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  const settings: ort.InferenceSession.SessionOptions = {
    executionProviders: ["cpu"],
    intraOpNumThreads: options.threads ?? 0,
    // 3 = errors: the runtime's warnings about graph rewriting are not for users.
    logSeverityLevel: 3,
    // Or the CPU provider rounds activations to 8 bits where weights are: quicker, but not what browsers answer.
    extra: { session: { qdq_matmulnbits_accuracy_level: "1" } },
  };
  const session =
    typeof model === "string"
      ? await ort.InferenceSession.create(model, settings)
      : await ort.InferenceSession.create(model, settings);
  return {
    async run(feeds) {
      const inputs: Record<string, ort.Tensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) {
        inputs[name] = new ort.Tensor(tensor.type, tensor.data, tensor.dims);
      }
      const outputs = await session.run(inputs);
      return Object.fromEntries(
        Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(name, tensor)]),
      );
    },
    close: () => session.release(),
  };
}

function fromOrt(name: string, tensor: ort.Tensor): Tensor {
  const { type, data, dims } = tensor;
  if (type === "float32" && data instanceof Float32Array) return { type, data, dims };
  if (type === "int32" && data instanceof Int32Array) return { type, data, dims };
  if (type === "uint8" && data instanceof Uint8Array) return { type, data, dims };
  throw new Error(`internal: output "${name}" has type ${type}, which no host reads`);
}
