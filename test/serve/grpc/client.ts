/** A gRPC client for tests: of the protocol's messages, and of any bytes. */

import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import * as pb from "../../../serve/grpc/openInference_pb.ts";
import { DEFINITION } from "../../../serve/grpc/service.ts";
import type { Tensors } from "../sampleFeeds.ts";

export type InferRequest = Exclude<
  MessageInitShape<typeof pb.ModelInferRequestSchema>,
  pb.ModelInferRequest
>;

export interface Reply<Message> {
  readonly code: status;
  readonly details: string;
  /** Undefined where there was an error. */
  readonly message: Message | undefined;
  /** Metadata before the answer and after it, together. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export class GrpcClient {
  readonly #client: Client;

  constructor(address: string, options: Record<string, number> = {}) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.enable_retries": 0,
      "grpc.use_local_subchannel_pool": 1,
      ...options,
    });
  }

  /** @param metadata Of the request; values by name. */
  call<Response>(
    method: string,
    request: Record<string, unknown>,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<Reply<Response>> {
    const { path, requestSerialize, responseDeserialize } = DEFINITION[method]!;
    const { input } = pb.GRPCInferenceService.methods.find(({ name }) => name === method)!;
    const bytes = requestSerialize(create(input as DescMessage, request));
    return this.#send(path, bytes, responseDeserialize, metadata);
  }

  infer(
    request: InferRequest,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<Reply<pb.ModelInferResponse>> {
    return this.call("ModelInfer", { ...request }, metadata);
  }

  /** Sends bytes as they are. */
  send(path: string, bytes: Uint8Array): Promise<Reply<Buffer>> {
    return this.#send(path, Buffer.from(bytes), (answer) => answer, {});
  }

  stream() {
    const { path, requestSerialize, responseDeserialize } = DEFINITION.ModelStreamInfer!;
    return this.#client.makeBidiStreamRequest<pb.ModelInferRequest, pb.ModelStreamInferResponse>(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
    );
  }

  close(): void {
    this.#client.close();
  }

  #send<Response>(
    path: string,
    bytes: Buffer,
    deserialize: (bytes: Buffer) => Response,
    values: Readonly<Record<string, string>>,
  ): Promise<Reply<Response>> {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(values)) metadata.set(name, value);
    return new Promise((resolve) => {
      let before = new Metadata();
      let message: Response | undefined;
      const identity = (given: Buffer) => given;
      this.#client
        .makeUnaryRequest(path, identity, deserialize, bytes, metadata, (_error, value) => {
          message = value;
        })
        .on("metadata", (received: Metadata) => {
          before = received;
        })
        .on("status", ({ code, details, metadata: after }: ServiceError) =>
          // The answer is handed over after its status.
          setImmediate(() =>
            resolve({
              code,
              details,
              message: code === status.OK ? message : undefined,
              metadata: { ...before.getMap(), ...after.getMap() },
            }),
          ),
        );
    });
  }
}

const DATATYPES = { float32: "FP32", int32: "INT32", uint8: "UINT8" } as const;
const CONTENTS = { float32: "fp32Contents", int32: "intContents", uint8: "uintContents" } as const;

/** A request with raw contents. */
export function rawRequest(feeds: Tensors): InferRequest {
  return {
    modelName: "tiny",
    inputs: describe(feeds),
    rawInputContents: Object.values(feeds).map(
      ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ),
  };
}

/** A request with its values in the inputs' own contents. */
export function contentsRequest(feeds: Tensors): InferRequest {
  const tensors = Object.values(feeds);
  return {
    modelName: "tiny",
    inputs: describe(feeds).map((input, i) => ({
      ...input,
      contents: { [CONTENTS[tensors[i]!.type]]: Array.from(tensors[i]!.data) },
    })),
  };
}

function describe(feeds: Tensors) {
  return Object.entries(feeds).map(([name, { type, dims }]) => ({
    name,
    datatype: DATATYPES[type],
    shape: dims.map(BigInt),
  }));
}

/** An output's numbers. */
export function floatsOf(response: pb.ModelInferResponse, name: string): number[] {
  const place = response.outputs.findIndex((output) => output.name === name);
  const raw = response.rawOutputContents[place]!;
  return Array.from(new Float32Array(Uint8Array.from(raw).buffer));
}
