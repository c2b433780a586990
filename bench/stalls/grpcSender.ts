/** Thread that sends one message over gRPC, so that making it takes nothing from the event loop that is measured. */

import { once } from "node:events";
import { type ClientHttp2Stream, connect } from "node:http2";
import { Client, compressionAlgorithms, credentials } from "@grpc/grpc-js";
import { MESSAGES, type Message } from "./grpcMessages.ts";
import { bakeMessage, type MessageRecipe } from "./grpcRecipes.ts";
import type { Sent } from "./sender.ts";

/** Longest wait for an answer. */
const WAIT_MS = 120_000;
const INFER = "/inference.GRPCInferenceService/ModelInfer";

export interface SendingCall {
  readonly address: string;
  readonly model: string;
  /** Name from the table of messages; or a recipe. */
  readonly attack?: string;
  readonly recipe?: MessageRecipe;
}

/** @returns The call's status as `status`, -1 where there was none. */
export default async function send(sending: SendingCall): Promise<Sent> {
  const { address, model, attack, recipe } = sending;
  const made = attack === undefined ? bakeMessage(recipe!, model) : MESSAGES[attack]!(model);
  return "frames" in made ? sendFrames(address, made) : sendMessage(address, made);
}

function sendMessage(address: string, { message, isPacked, path = INFER }: Message): Promise<Sent> {
  const client = new Client(address, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.default_compression_algorithm": isPacked
      ? compressionAlgorithms.gzip
      : compressionAlgorithms.identity,
  });
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  const same = (given: Buffer) => given;
  const deadline = Date.now() + WAIT_MS;
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, same, same, bytes, { deadline }, (error) => {
      client.close();
      resolve({ status: error?.code ?? 0, bytes: message.length });
    });
  });
}

/** Writes bytes as they are, in frames of a few. */
async function sendFrames(
  address: string,
  { frames, bytes }: { readonly frames: Buffer; readonly bytes: number },
): Promise<Sent> {
  const session = connect(`http://${address}`);
  session.on("error", () => {});
  const stream = session.request({
    ":method": "POST",
    ":path": INFER,
    "content-type": "application/grpc",
    te: "trailers",
  });
  let status = -1;
  const take = (headers: Readonly<Record<string, unknown>>) => {
    status = Number(headers["grpc-status"] ?? status);
  };
  stream.on("response", take).on("trailers", take);
  stream.on("error", () => {});
  stream.resume();
  const closed = once(stream, "close");
  await Promise.race([closed, writeAll(stream, frames, bytes)]);
  stream.end();
  await closed;
  session.destroy();
  return { status, bytes: frames.length };
}

async function writeAll(stream: ClientHttp2Stream, frames: Buffer, bytes: number): Promise<void> {
  for (let at = 0; at < frames.length && !stream.closed; at += bytes) {
    if (!stream.write(frames.subarray(at, at + bytes))) await once(stream, "drain");
  }
}
