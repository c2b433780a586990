/** What is asked of the calls of each method. */

export interface MethodRules {
  /** Whether an API key is needed, where the server has keys, and the rate is limited. */
  readonly needsKey: boolean;
  /**
   * How its messages are received: `small` ones are short; one that is `queued`, or each of a `stream`, is a request that takes
   * a place in the queue.
   */
  readonly messages: "small" | "queued" | "stream";
  /** Asked every few seconds: logged at the level of debugging. */
  readonly isProbe: boolean;
}

const open = { needsKey: false, messages: "small", isProbe: true } as const;
const keyed = { needsKey: true, messages: "small", isProbe: false } as const;

/** By path; all others are those of server reflection. */
const METHODS: Readonly<Record<string, MethodRules>> = {
  "/inference.GRPCInferenceService/ServerLive": open,
  "/inference.GRPCInferenceService/ServerReady": open,
  "/grpc.health.v1.Health/Check": open,
  "/grpc.health.v1.Health/Watch": open,
  "/grpc.health.v1.Health/List": open,
  "/inference.GRPCInferenceService/ModelInfer": { ...keyed, messages: "queued" },
  "/inference.GRPCInferenceService/ModelStreamInfer": { ...keyed, messages: "stream" },
};

export function rulesOf(path: string): MethodRules {
  return METHODS[path] ?? keyed;
}
