import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { boundIdleConnections } from "../../../serve/core/idleConnections.ts";

const held: ServerResponse[] = [];
const http = createServer(({ url }, response) => {
  if (url === "/held") held.push(response);
  else response.end("x");
});
before(() => {
  boundIdleConnections(http, 2);
  http.listen(0, "127.0.0.1");
  return once(http, "listening");
});
after(() => http.closeAllConnections());
after(() => http.close());

async function open(): Promise<Socket> {
  const socket = connect((http.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

function send(socket: Socket, ...paths: string[]): void {
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(""));
}

async function ask(socket: Socket): Promise<string> {
  send(socket, "/");
  const [data] = await once(socket, "data");
  return String(data);
}

test("the connection that has been idle for longest makes room; busy ones and new ones stay", async () => {
  const [first, second, third, busy, silent] = await Promise.all([
    open(),
    open(),
    open(),
    open(),
    open(),
  ]);
  // Two requests at once: the first is answered and the second waits.
  send(busy!, "/", "/held");
  await once(busy!, "data");
  const closed = once(second!, "close");
  for (const socket of [first, second]) await ask(socket!);
  // Asked again, the first is no longer the longest idle.
  await ask(first!);
  await ask(third!);
  await closed;
  for (const socket of [first, third]) assert.match(await ask(socket!), /200 OK/);
  held[0]!.end("y");
  const [answer] = await once(busy!, "data");
  assert.match(String(answer), /y$/);
  assert.equal(silent!.destroyed, false);
  assert.match(await ask(silent!), /200 OK/);
});
