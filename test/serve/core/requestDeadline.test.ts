/** Requests that do not arrive are ended, but for those whose reader has limits of its own. */

import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { endUnfinished, mayTakeLong } from "../../../serve/core/requestDeadline.ts";

const MS = 50;
const server = createServer(
  { requestTimeout: 0 },
  endUnfinished((incoming, response) => {
    if (incoming.url === "/long") mayTakeLong(incoming);
    incoming.resume().once("end", () => response.end("all of it"));
  }, MS),
);
before(() => new Promise<void>((resolve) => server.listen(0, resolve)));
after(() => server.close());

/** Sends a request whose end comes long after the limit. @returns Its answer; undefined if it was cut off. */
function send(path: string, end: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    const { port } = server.address() as AddressInfo;
    const sent = request({ port, path, method: "POST" }, (response) => {
      let text = "";
      response.on("data", (data) => {
        text += data;
      });
      response.once("end", () => resolve(text));
    });
    sent.once("error", () => resolve(undefined));
    sent.write("a");
    if (end) sent.end();
    else setTimeout(() => sent.end(), 10 * MS).unref();
  });
}

test("a request that is not there in time is cut off; a whole one and an excepted one are not", async () => {
  const answers = await Promise.all([send("/", false), send("/", true), send("/long", false)]);
  assert.deepEqual(answers, [undefined, "all of it", "all of it"]);
});
