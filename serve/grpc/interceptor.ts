/** What every call passes before its handler and after it: keys, rates, the queue, limits, id, metrics and the log. */

import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { Admission } from "../core/admission.ts";
import { callersKeys, createKeyCheck } from "../core/apiKeys.ts";
import { bodyError, tooLarge, type UnpackLimits, unpack } from "../core/body/unpack.ts";
import type { Metrics } from "../core/metrics.ts";
import { type HttpError, isRejection } from "../core/problems.ts";
import { callerOf, type Rates } from "../core/rates.ts";
import { createRefusalLog } from "../core/refusalLog.ts";
import { maxBodyBytes } from "../core/route.ts";
import type { Settings } from "../settings.ts";
import { Call, ID_HEADER } from "./call.ts";
import type { Calls } from "./calls.ts";
import { type Internals, internalsOf } from "./internals.ts";
import { type MethodRules, rulesOf } from "./methods.ts";
import { shortDetail, statusOf } from "./status.ts";
import { StreamedMessages } from "./streamedMessages.ts";

/** Bytes of the messages of a call that takes no place in the queue. */
const SMALL_BYTES = 16_384;

export interface CallContext {
  readonly settings: Settings;
  readonly admission: Admission;
  readonly rates: Rates;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export function createInterceptor(context: CallContext, calls: Calls): ServerInterceptor {
  const enter = createEntrance(context);
  const observe = createObserver(context);
  return ({ path }, base) => {
    const rules = rulesOf(path);
    const internals = internalsOf(base);
    let call: Call | undefined;
    return new ServerInterceptingCall(base, {
      start(next) {
        next({
          onReceiveMetadata(metadata, nextMetadata) {
            const own = createCall(context, metadata, base, internals);
            call = own;
            calls.add(metadata, own, rules);
            observe(own, path, rules);
            enter(own, metadata, rules, internals).then(
              () => {
                // Its time was up, or the client has gone.
                if (!own.isAnswered) nextMetadata(metadata);
              },
              (error: unknown) => own.fail(error),
            );
          },
          onReceiveMessage(message, nextMessage) {
            try {
              call?.messages?.complete();
              nextMessage(message);
            } catch (error) {
              call?.fail(error);
            }
          },
        });
      },
      sendMetadata(metadata, next) {
        if (call) metadata.set(ID_HEADER, call.id);
        next(metadata);
      },
      // Texts of the libraries may hold what clients have sent.
      sendStatus: (ended, next) => next({ ...ended, details: shortDetail(ended.details ?? "") }),
    });
  };
}

function createCall(
  { settings, log, metrics }: CallContext,
  metadata: Metadata,
  base: ServerInterceptingCallInterface,
  { stream }: Internals,
): Call {
  const call: Call = new Call({
    metadata,
    base,
    stream,
    trustProxy: settings.trustProxy,
    onProblem(problem, error) {
      if (problem.code === "internal") log.error({ err: error, id: call.id }, "call failed");
      if (isRejection(problem.code)) metrics.reject(problem.code);
    },
  });
  return call;
}

/** Makes the function that lets a call in, or throws why not. */
function createEntrance({ settings, admission, rates, log }: CallContext) {
  const checkKey = createKeyCheck(callersKeys(settings));
  const logRefusal = createRefusalLog(log);
  const maxBytes = maxBodyBytes(settings);

  async function guard({ address }: Call, metadata: Metadata): Promise<void> {
    const text = (name: string) => metadata.get(name)[0]?.toString();
    let key: number | undefined;
    try {
      key = checkKey({ authorization: text("authorization"), apiKey: text("x-api-key") });
    } catch (problem) {
      await rates.wrongKeys.count(callerOf(undefined, address));
      throw problem;
    }
    await rates.requests.count(callerOf(key, address));
  }

  /** @returns What the call's messages may unpack to. */
  function admit(call: Call, { messages }: MethodRules, { stream }: Internals): UnpackLimits {
    if (messages === "queued") {
      call.accepted = admission.open(call);
      return { maxBytes, hold: call.accepted.body.hold };
    }
    if (messages === "stream") {
      const own = new StreamedMessages(call, admission);
      call.messages = own;
      return { maxBytes, hold: (bytes) => own.hold(bytes) };
    }
    const hold = holdSmall(call, settings.bodySeconds, () => stream.readableEnded);
    return { maxBytes: SMALL_BYTES, hold };
  }

  return async (
    call: Call,
    metadata: Metadata,
    rules: MethodRules,
    internals: Internals,
  ): Promise<void> => {
    const { refusal } = admission;
    if (rules.messages !== "small" && refusal !== undefined) {
      call.wasShed = true;
      logRefusal(refusal);
      throw admission.refuse(refusal);
    }
    if (rules.needsKey) await guard(call, metadata);
    if (call.isAnswered) return;
    const limits = admit(call, rules, internals);
    internals.decompressMessage = (message, encoding) => {
      const content = message.subarray(5);
      if (encoding === "identity") return content;
      return unpack(content, encoding, limits).catch((error: HttpError) => {
        call.fail(error);
        // Answered already; grpc-js expects a status.
        throw statusOf(error);
      });
    };
  };
}

/** Limits a call that takes no place in the queue: its messages are short, and complete in time. */
function holdSmall(call: Call, seconds: number, isComplete: () => boolean) {
  let held = 0;
  const hold = (bytes: number) => {
    held += bytes;
    if (held > SMALL_BYTES && !call.isAnswered) call.fail(tooLarge());
  };
  call.onPiece(hold);
  const timer = setTimeout(() => {
    if (isComplete() || call.isClosed) return;
    call.fail(bodyError("slow-body", `it did not arrive within ${seconds} seconds`));
  }, seconds * 1000).unref();
  call.onClose(() => clearTimeout(timer));
  return hold;
}

/** Makes the function that measures and logs a call when it is over. */
function createObserver({ metrics, log }: CallContext) {
  return (call: Call, path: string, { isProbe }: MethodRules): void => {
    const start = performance.now();
    call.onClose(() => {
      const milliseconds = performance.now() - start;
      const code = status[call.code ?? status.CANCELLED];
      metrics.calls.observe({ method: path.slice(1), code }, milliseconds / 1000);
      if (call.wasShed) return;
      const level = code === "INTERNAL" ? "error" : isProbe ? "debug" : "info";
      log[level](
        {
          req: { id: call.id, method: path.slice(1), remoteAddress: call.address },
          res: { code },
          responseTime: Math.round(milliseconds),
        },
        "call completed",
      );
    });
  };
}
