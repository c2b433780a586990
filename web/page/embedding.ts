/** With `?embed=1`, the page in a frame of another site: without its masthead, and with messages to and from that site. */

import type { Item } from "../../predictor/inputs/inputType.ts";
import type { ItemAnswer, PredictOptions } from "../worker/protocol.ts";
import type { CallError } from "./engine/callError.ts";
import type { Engine } from "./engine/engine.ts";
import type { Form } from "./form/form.ts";
import { serverJson } from "./serverJson.ts";

/** Version of the messages: every message has it as `marquee`. */
const PROTOCOL = 1;

/** What the site may send, see docs/embed.md. */
type Received =
  /** Fills the form in place of what is there; a file is a Blob. */
  | { readonly type: "set"; readonly item: Item }
  /** Asks without the form; the answer has the same id. */
  | {
      readonly type: "predict";
      readonly id: unknown;
      readonly item: unknown;
      readonly options?: PredictOptions;
    };

type Answer = ReturnType<typeof serverJson>;

type Sent =
  | {
      readonly type: "ready";
      readonly model: Answer["model"];
      readonly inputs: Readonly<Record<string, string>>;
    }
  /** To what is entered: null where nothing is; with an id to `predict`. */
  | { readonly type: "answer"; readonly id?: unknown; readonly answer: Answer | null }
  | {
      readonly type: "error";
      readonly id?: unknown;
      readonly message: string;
      readonly field?: string;
    }
  /** CSS pixels that the page takes. */
  | { readonly type: "resize"; readonly height: number };

export interface Embedding {
  formBuilt(form: Form): void;
  ready(engine: Engine): void;
  /** @param answer undefined: nothing is entered. */
  answered(answer: ItemAnswer | undefined): void;
  failed(message: string): void;
}

/** @returns undefined where the page's address does not ask for it. */
export function startEmbedding(): Embedding | undefined {
  const parameters = new URLSearchParams(location.search);
  if (parameters.get("embed") !== "1") return undefined;
  document.documentElement.toggleAttribute("data-embed", true);
  const host = originOf(parameters.get("origin"));
  let form: Form | undefined;
  let engine: Engine | undefined;
  let hasAnswered = false;
  /** What came before the model was there. */
  let early: Received[] = [];
  const send = (message: Sent) => {
    if (host !== undefined && window.parent !== window)
      window.parent.postMessage({ marquee: PROTOCOL, ...message }, host);
  };

  async function receive(message: Received): Promise<void> {
    if (!form || !engine) {
      early.push(message);
    } else if (message.type === "set") {
      form.fill(message.item);
    } else {
      const { id, item, options = {} } = message;
      try {
        const answer = await engine.call("predict", { item, options });
        send({ type: "answer", id, answer: serverJson(answer, engine.model) });
      } catch (error) {
        const { message, field } = error as CallError;
        send({ type: "error", id, message, ...(field === undefined ? {} : { field }) });
      }
    }
  }

  window.addEventListener("message", ({ source, origin, data }: MessageEvent<unknown>) => {
    if (source !== window.parent || origin !== host) return;
    const problem = problemOf(data);
    if (problem) send({ type: "error", message: problem });
    else if (isOurs(data)) void receive(data as unknown as Received);
  });
  new ResizeObserver(() => {
    send({ type: "resize", height: Math.ceil(document.body.getBoundingClientRect().height) });
  }).observe(document.body);
  return {
    formBuilt(built) {
      form = built;
    },
    ready(started) {
      engine = started;
      const { model } = started;
      send({
        type: "ready",
        model: serverJson({} as ItemAnswer, model).model,
        inputs: Object.fromEntries(
          Object.entries(model.inputs).map(([name, { type }]) => [name, type]),
        ),
      });
      const waiting = early;
      early = [];
      for (const message of waiting) void receive(message);
    },
    answered(answer) {
      // A page that was just opened has nothing to take back.
      if (!answer && !hasAnswered) return;
      hasAnswered = answer !== undefined;
      send({ type: "answer", answer: answer ? serverJson(answer, engine!.model) : null });
    },
    failed: (message) => send({ type: "error", message }),
  };
}

/** The origin of the site that shows the page; by default the page's own. undefined where the address names none. */
function originOf(named: string | null): string | undefined {
  if (named === null) return location.origin;
  const origin = URL.canParse(named) ? new URL(named).origin : "null";
  if (origin !== "null") return origin;
  // Only whoever wrote the address can mend it.
  console.error(
    `no messages are sent: the frame's address has origin=${named}, which is not an origin such as https://example.org`,
  );
  return undefined;
}

/** Other programs may send messages, too. */
function isOurs(data: unknown): data is { readonly marquee: unknown; readonly type?: unknown } {
  return typeof data === "object" && data !== null && "marquee" in data;
}

/** @returns What is wrong with a message that is meant for this page. */
function problemOf(data: unknown): string | undefined {
  if (!isOurs(data)) return undefined;
  if (data.marquee !== PROTOCOL) {
    return `messages of version ${String(data.marquee)} are not supported; this page has version ${PROTOCOL}`;
  }
  if (data.type !== "set" && data.type !== "predict") {
    return `there is no message "${String(data.type)}"; send "set" or "predict"`;
  }
  const { item } = data as { readonly item?: unknown };
  if (data.type === "set" && (typeof item !== "object" || item === null)) {
    return "set: item is not an object of values by the inputs' names";
  }
  return undefined;
}
