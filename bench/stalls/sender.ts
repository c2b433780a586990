/** Thread that sends one body, so that making it takes nothing from the event loop that is measured. */

import { connect } from "node:net";
import { ATTACKS, type Packet } from "./attacks.ts";
import { type Body, bake, type Recipe } from "./recipes.ts";

/** Longest wait for an answer. */
const WAIT_MS = 120_000;

export interface Sending {
  readonly url: string;
  readonly model: string;
  /** Name from the table of attacks; or a recipe. */
  readonly attack?: string;
  readonly recipe?: Recipe | undefined;
}

export interface Sent {
  /** HTTP status, 0 where there was no answer. */
  readonly status: number;
  readonly bytes: number;
  /** Why there was no answer. */
  readonly failure?: string;
}

export default async function send({ url, model, attack, recipe }: Sending): Promise<Sent> {
  const made = attack === undefined ? bake(recipe!) : ATTACKS[attack]!();
  return "packet" in made ? sendPacket(url, made) : sendBody(made, { url, model, recipe });
}

async function sendBody(made: Body, { url, model, recipe }: Sending): Promise<Sent> {
  const { path, type, body, jsonLength, packing = recipe?.packing ?? "identity" } = made;
  const view = path === "raw" ? "_raw" : "";
  const target = path === "predict" ? "/v1/predict" : `/v2/models/${model}${view}/infer`;
  try {
    const response = await fetch(url + target, {
      method: "POST",
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(WAIT_MS),
      headers: {
        "content-type": type,
        ...(packing === "identity" ? {} : { "content-encoding": packing }),
        ...(jsonLength === undefined
          ? {}
          : { "inference-header-content-length": String(jsonLength) }),
      },
    });
    await response.arrayBuffer();
    return { status: response.status, bytes: body.length };
  } catch (error) {
    return { status: 0, bytes: body.length, failure: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const { code, message: deeper } = (cause ?? {}) as NodeJS.ErrnoException;
  return [message, code ?? deeper].filter((text) => text !== undefined).join(": ");
}

/** @returns The last answer's status. */
function sendPacket(url: string, { packet, answers }: Packet): Promise<Sent> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(packet));
    let status = 0;
    let count = 0;
    const done = (error?: Error) => {
      socket.destroy();
      const failure =
        status === 0 ? { failure: error?.message ?? "closed, or no answer in time" } : {};
      resolve({ status, bytes: packet.length, ...failure });
    };
    socket.on("data", (data) => {
      for (const [, code] of data.toString("latin1").matchAll(/HTTP\/1\.1 (\d+)/g)) {
        status = Number(code);
        count++;
      }
      if (count >= answers) done();
    });
    socket
      .on("error", done)
      .on("close", () => done())
      .setTimeout(WAIT_MS, () => done());
  });
}
