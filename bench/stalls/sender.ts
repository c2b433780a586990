/** Thread that sends one body, so that making it takes nothing from the event loop that is measured. */

import { ATTACKS } from "./attacks.ts";
import { type Body, bake, type Recipe } from "./recipes.ts";

/** Longest wait for an answer. */
const WAIT_MS = 120_000;

export interface Sending {
  readonly url: string;
  readonly model: string;
  /** Of the table of attacks; or a recipe. */
  readonly attack?: string;
  readonly recipe?: Recipe;
}

export interface Sent {
  /** HTTP status, 0 where there was no answer. */
  readonly status: number;
  readonly bytes: number;
}

export default async function send({ url, model, attack, recipe }: Sending): Promise<Sent> {
  const made: Body = attack === undefined ? bake(recipe!) : ATTACKS[attack]!();
  const { path, type, body, jsonLength, packing = recipe?.packing ?? "identity" } = made;
  const target = path === "predict" ? "/v1/predict" : `/v2/models/${model}/infer`;
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
  } catch {
    return { status: 0, bytes: body.length };
  }
}
