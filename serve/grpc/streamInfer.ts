/** ModelStreamInfer: one request after the other; an error is the answer of its request alone, and the call goes on. */

import { once } from "node:events";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { handleBidiStreamingCall, ServerDuplexStream } from "@grpc/grpc-js";
import type { Admission } from "../core/admission.ts";
import type { Call } from "./call.ts";
import type { Calls } from "./calls.ts";
import type { Infer } from "./infer.ts";
import {
  type ModelStreamInferResponse,
  ModelStreamInferResponseSchema,
} from "./openInference_pb.ts";

type Answer = MessageInitShape<typeof ModelStreamInferResponseSchema>;
type Stream = ServerDuplexStream<Buffer, ModelStreamInferResponse>;

interface Options {
  readonly admission: Admission;
  readonly infer: Infer;
  readonly calls: Calls;
}

export function createStreamInfer(
  options: Options,
): handleBidiStreamingCall<Buffer, ModelStreamInferResponse> {
  return (stream) => {
    const call = options.calls.of(stream.metadata);
    // The interceptor looks after those that are cut off.
    stream.on("error", () => {});
    let last: Promise<unknown> = Promise.resolve();
    stream.on("data", (bytes: Buffer) => {
      stream.pause();
      last = answerNext(call, stream, bytes, options).then(
        () => stream.resume(),
        (error: unknown) => call.fail(error),
      );
    });
    // Comes with the last message, not after its answer.
    stream.on("end", () => last.then(() => stream.end()));
  };
}

async function answerNext(
  call: Call,
  stream: Stream,
  bytes: Buffer,
  { admission, infer }: Options,
): Promise<void> {
  const { message, accepted } = call.messages!.next();
  const answer = await new Promise<Answer>((resolve) => {
    message.onFailure = (error) => resolve({ errorMessage: call.report(error).message });
    try {
      admission.run(accepted, async (place) => {
        resolve({ inferResponse: await infer(bytes, place) });
      });
    } catch (error) {
      message.fail(error);
    }
  });
  message.isEnded = true;
  const hasRoom = stream.write(create(ModelStreamInferResponseSchema, answer));
  if (!hasRoom) await once(stream, "drain");
  message.answered();
}
