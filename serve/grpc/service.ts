/** The protocol's service: its definition for grpc-js, and its handlers. */

import {
  create,
  type DescMessage,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type {
  handleUnaryCall,
  ServiceDefinition,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import packageJson from "../../package.json" with { type: "json" };
import type { Admission } from "../core/admission.ts";
import type { Models } from "../engine/models.ts";
import { type ConfiguredTensor, modelConfig } from "../oip/modelConfig.ts";
import type { Datatype } from "../oip/schema.ts";
import type { TensorMetadata } from "../oip/views/view.ts";
import { viewOf } from "../oip/views/views.ts";
import type { Settings } from "../settings.ts";
import type { Calls } from "./calls.ts";
import { createInfer } from "./infer.ts";
import * as pb from "./openInference_pb.ts";
import { createStreamInfer } from "./streamInfer.ts";

const { methods, typeName } = pb.GRPCInferenceService;

/** Messages that are not decoded at once, on the event loop. */
const LARGE: readonly string[] = [pb.ModelInferRequestSchema.typeName];

/** The service as grpc-js takes it. */
export const DEFINITION: ServiceDefinition = Object.fromEntries(
  methods.map(({ name, input, output, methodKind }) => [
    name,
    {
      path: `/${typeName}/${name}`,
      requestStream: methodKind === "bidi_streaming",
      responseStream: methodKind === "bidi_streaming",
      requestDeserialize: (bytes: Buffer) =>
        LARGE.includes(input.typeName) ? bytes : fromBinary(input, bytes),
      responseSerialize: serializer(output),
      requestSerialize: serializer(input),
      responseDeserialize: (bytes: Buffer) => fromBinary(output, bytes),
    },
  ]),
);

function serializer<Message extends DescMessage>(schema: Message) {
  return (message: MessageShape<Message>): Buffer => {
    const { buffer, byteOffset, length } = toBinary(schema, message);
    return Buffer.from(buffer, byteOffset, length);
  };
}

interface Options {
  readonly settings: Settings;
  readonly models: Models;
  readonly admission: Admission;
  readonly isReady: () => boolean;
  readonly calls: Calls;
}

export function createHandlers(options: Options): UntypedServiceImplementation {
  const { settings, models, admission, isReady, calls } = options;
  const infer = createInfer(models, settings);

  /** A handler that answers at once. */
  const answering =
    <Request, Response>(
      answer: (request: Request) => Response,
    ): handleUnaryCall<Request, Response> =>
    (call, callback) => {
      try {
        callback(null, answer(call.request));
      } catch (error) {
        calls.of(call.metadata).fail(error);
      }
    };

  const modelInfer: handleUnaryCall<Buffer, pb.ModelInferResponse> = (grpcCall, callback) => {
    const call = calls.of(grpcCall.metadata);
    try {
      admission.run(call.accepted!, async (place) => {
        callback(null, await infer(grpcCall.request, place));
      });
    } catch (error) {
      call.fail(error);
    }
  };

  return {
    ServerLive: answering(() => create(pb.ServerLiveResponseSchema, { live: true })),
    ServerReady: answering(() => create(pb.ServerReadyResponseSchema, { ready: isReady() })),
    ModelReady: answering(({ name, version }: pb.ModelReadyRequest) => {
      const { ref } = viewOf(models, { name, version: version || undefined });
      return create(pb.ModelReadyResponseSchema, {
        ready: isReady() && models.host(ref).canAnswer,
      });
    }),
    ServerMetadata: answering(() =>
      create(pb.ServerMetadataResponseSchema, {
        name: "marquee",
        version: packageJson.version,
        extensions: ["model_configuration"],
      }),
    ),
    ModelMetadata: answering(({ name, version }: pb.ModelMetadataRequest) => {
      const { view, ref } = viewOf(models, { name, version: version || undefined });
      const { manifest } = models.find(ref);
      return create(pb.ModelMetadataResponseSchema, {
        name: manifest.name + view.suffix,
        versions: ref.version === undefined ? models.versionsOf(manifest.name) : [ref.version],
        platform: view.platform,
        inputs: view.inputs(manifest).map(describeTensor),
        outputs: view.outputs(manifest).map(describeTensor),
      });
    }),
    ModelConfig: answering(({ name, version }: pb.ModelConfigRequest) => {
      const ref = { name, version: version || undefined };
      const { inputs, outputs, ...made } = modelConfig(models, settings, ref);
      const { platform, backend, maxBatchSize } = made;
      return create(pb.ModelConfigResponseSchema, {
        config: {
          ...{ name: made.name, platform, backend, maxBatchSize },
          input: inputs.map(configureTensor),
          output: outputs.map(configureTensor),
        },
      });
    }),
    ModelInfer: modelInfer,
    ModelStreamInfer: createStreamInfer({ admission, infer, calls }),
  };
}

function describeTensor({ name, datatype, shape }: TensorMetadata) {
  return { name, datatype, shape: shape.map(BigInt) };
}

/** Values of Triton's enum DataType. */
const TRITON_TYPES: Readonly<Record<Datatype, number>> = {
  ...{ BOOL: 1, UINT8: 2, UINT16: 3, UINT32: 4, UINT64: 5, INT8: 6, INT16: 7, INT32: 8 },
  ...{ INT64: 9, FP16: 10, FP32: 11, FP64: 12, BYTES: 13 },
};

function configureTensor({ name, datatype, dims }: ConfiguredTensor) {
  return { name, dataType: TRITON_TYPES[datatype], dims: dims.map(BigInt) };
}
