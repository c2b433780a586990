/** A client of streams, which sends lines and reads answers when the test says so. */

import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into field by field
export type Json = any;

export interface LineClient {
  readonly request: ClientRequest;
  /** Sends a line. */
  send(line: object | string): void;
  /** The next answer; undefined when there are no more. */
  read(): Promise<Json>;
  /** All further answers. */
  rest(): Promise<Json[]>;
  readonly response: Promise<IncomingMessage>;
}

export function openLines(url: string, headers: Record<string, string> = {}): LineClient {
  const sent = request(`${url}/v1/predict`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson", ...headers },
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve).once("error", reject);
  });
  response.catch(() => {});
  sent.flushHeaders();
  // The server may end the stream before the client does.
  sent.on("error", () => {});
  let lines: AsyncIterator<string> | undefined;
  const read = async () => {
    lines ??= createInterface({ input: await response })[Symbol.asyncIterator]();
    const { done, value } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  return {
    request: sent,
    response,
    send: (line) => void sent.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`),
    read,
    async rest() {
      const all: Json[] = [];
      for (let next = await read(); next !== undefined; next = await read()) all.push(next);
      return all;
    },
  };
}
