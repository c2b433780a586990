/** Several requests in one packet. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { oneAtATime } from "../../../serve/core/pipelining.ts";

test("requests of a connection are handled one after the other, those of others meanwhile", async (t) => {
  const handled: string[] = [];
  let active = 0;
  let most = 0;
  const server = createServer(
    oneAtATime(async (request, response) => {
      handled.push(request.url!);
      most = Math.max(most, ++active);
      let text = "";
      for await (const chunk of request) text += chunk;
      await nextTurn();
      active--;
      response.end(`${request.url}${text};`);
    }),
  ).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  const urls = Array.from({ length: 200 }, (_, i) => `/${i}`);
  const post = (url: string) => `POST ${url} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n-`;
  const get = (url: string) => `GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`;
  socket.write(urls.map((url, i) => (i % 2 === 0 ? get(url) : post(url))).join(""));
  let answers = "";
  socket.on("data", (data) => {
    answers += data;
  });
  await once(server, "request");
  // Another connection does not wait for the 199 others.
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/other`)).text(), "/other;");
  assert.ok(handled.indexOf("/other") < 199);
  while (!answers.includes("/199-;")) await once(socket, "data");
  assert.deepEqual(
    handled.filter((url) => url !== "/other"),
    urls,
  );
  assert.deepEqual(
    [...answers.matchAll(/(\/\d+)-?;/g)].map(([, url]) => url),
    urls,
  );
  assert.ok(most <= 2, `${most} at a time`);
  socket.destroy();
});

test("requests of a connection that was closed are not handled", async (t) => {
  const handled: string[] = [];
  const server = createServer(
    oneAtATime((request, response) => {
      handled.push(request.url!);
      if (request.url === "/last") response.end();
    }),
  ).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(server, "request");
  socket.destroy();
  await fetch(`http://127.0.0.1:${port}/last`);
  assert.deepEqual(handled, ["/1", "/last"]);
});
