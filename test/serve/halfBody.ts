/** Requests whose bodies are not finished, as slow and as hostile clients send them. */

import { type ClientRequest, request } from "node:http";

interface HalfAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface HalfBody {
  readonly request: ClientRequest;
  readonly answer: Promise<HalfAnswer>;
  /** Sends the rest. @returns The answer. */
  finish(): Promise<HalfAnswer>;
  /** @returns An answer that comes before the rest is sent; then the client leaves, for whom the server would wait. */
  refused(): Promise<HalfAnswer>;
}

/**
 * Sends a movie's JSON but for its end.
 *
 * @param headers Beside the content's type; without a length, the body is sent in chunks.
 * @param bytes Blanks before the JSON.
 * @param address Of another route.
 */
export function sendHalf(
  url: string,
  { headers = {}, bytes = 0 }: { headers?: Record<string, string>; bytes?: number } = {},
  address = `${url}/v1/predict`,
): HalfBody {
  const half = request(address, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
  });
  const answer = new Promise<HalfAnswer>((resolve, reject) => {
    half.once("error", reject).once("response", (response) => {
      let text = "";
      response.on("data", (data) => {
        text += data;
      });
      response.once("end", () =>
        resolve({ status: response.statusCode!, headers: response.headers, text }),
      );
    });
  });
  // Whoever wants to know awaits it.
  answer.catch(() => {});
  half.write(`${" ".repeat(bytes)}{"title":`);
  return {
    request: half,
    answer,
    finish() {
      half.end('"War"}');
      return answer;
    },
    refused: () => answer.finally(() => half.destroy()),
  };
}

/** The value of a metric; its name is matched as it is. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
}
