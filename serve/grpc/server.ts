/** The server of the Open Inference Protocol over gRPC, with health checks and reflection. */

import { isIPv6 } from "node:net";
import { toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { HealthImplementation, service as healthService } from "grpc-health-check";
import { cannotListen } from "../core/ports.ts";
import { maxBodyBytes } from "../core/route.ts";
import type { Models } from "../engine/models.ts";
import { Calls } from "./calls.ts";
import { type CallContext, createInterceptor } from "./interceptor.ts";
import { file_openInference, GRPCInferenceService } from "./openInference_pb.ts";
import { createHandlers, DEFINITION } from "./service.ts";

/** Calls in progress of one connection; clients have further ones wait. */
const MAX_STREAMS = 100;
/** How long a connection may have no calls before its client is asked whether it is still there. */
const KEEPALIVE_MS = 60_000;
/** How long a client may take to answer that. */
const KEEPALIVE_TIMEOUT_MS = 20_000;
/** How often calls that have become idle are ended, when the server stops. */
const SWEEP_MS = 50;

export interface GrpcOptions extends CallContext {
  readonly models: Models;
  readonly isReady: () => boolean;
}

export interface GrpcServer {
  /** Where it listens, e.g. 127.0.0.1:8001 */
  readonly address: string;
  /** Health checks fail from now on. */
  drain(): void;
  /** Accepts no more connections and waits for the calls in progress; after `seconds` they are cut off. */
  close(seconds: number): Promise<void>;
}

/** @throws Error if it cannot listen on the port. */
export async function startGrpc(options: GrpcOptions, port: number): Promise<GrpcServer> {
  const { settings, admission, log } = options;
  // Errors are thrown, too.
  setLogVerbosity(logVerbosity.NONE);
  const calls = new Calls();
  const server = new Server({
    interceptors: [createInterceptor(options, calls)],
    "grpc.max_receive_message_length": maxBodyBytes(settings),
    "grpc.max_send_message_length": -1,
    "grpc.max_concurrent_streams": MAX_STREAMS,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    "grpc.enable_channelz": 0,
  });
  const health = new HealthImplementation({
    "": "SERVING",
    [GRPCInferenceService.typeName]: "SERVING",
  });
  server.addService(DEFINITION, createHandlers({ ...options, calls }));
  health.addToServer(server);
  new ReflectionService(packageOf()).addToServer(server);
  const bound = await listen(server, settings.host, port);
  return {
    address: addressOf(settings.host, bound),
    drain() {
      health.setStatus("", "NOT_SERVING");
      health.setStatus(GRPCInferenceService.typeName, "NOT_SERVING");
    },
    close(seconds) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          log.warn({ seconds }, "calls that did not finish in time were cut off");
          server.forceShutdown();
        }, seconds * 1000);
        const sweep = setInterval(() => calls.endIdle(admission.refuse("draining")), SWEEP_MS);
        server.tryShutdown(() => {
          clearTimeout(timer);
          clearInterval(sweep);
          resolve();
        });
      });
    },
  };
}

/** What reflection tells: the files of all services. */
function packageOf() {
  const file = Buffer.from(toBinary(FileDescriptorProtoSchema, file_openInference.proto));
  const { requestType } = healthService.Check!;
  return { own: { ...requestType, fileDescriptorProtos: [file] }, health: requestType };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(addressOf(host, port), ServerCredentials.createInsecure(), (error, bound) => {
      if (!error) resolve(bound);
      else reject(cannotListen(error, { host, port, flag: "--grpc-port" }));
    });
  });
}

function addressOf(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
