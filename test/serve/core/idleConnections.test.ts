import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { boundIdleConnections } from "../../../serve/core/idleConnections.ts";

/** More than what the system keeps of an answer that nobody takes. */
const LARGE = 32 << 20;

const held: ServerResponse[] = [];
const http = createServer(({ url }, response) => {
  if (url === "/held") held.push(response);
  else if (url === "/large") response.end(Buffer.alloc(LARGE));
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

test("of those that are closed, none has an answer on its way or a request that is arriving", async () => {
  const [idle, slow, half] = await Promise.all([open(), open(), open()]);
  for (const socket of [idle, half]) await ask(socket!);
  half!.write("GET / HTTP/1.1\r\n");
  send(slow!, "/large");
  await once(slow!, "readable");
  const closed = once(idle!, "close");
  http.closeIdleConnections();
  await closed;
  let length = 0;
  for await (const piece of slow!) {
    length += (piece as Buffer).length;
    if (length > LARGE) break;
  }
  assert.ok(length > LARGE);
  half!.write("Host: x\r\n\r\n");
  const [answer] = await once(half!, "data");
  assert.match(String(answer), /200 OK/);
});

test("a connection that sends nothing is given a second, and one that begins a request two", async () => {
  const before = performance.now();
  const [silent, half, stuck, next] = await Promise.all([open(), open(), open(), open()]);
  await ask(next!);
  for (const socket of [half, stuck, next]) socket!.write("GET / HTTP/1.1\r\n");
  const signal = AbortSignal.timeout(20_000);
  const [first, ...others] = [silent, stuck, next].map((socket) =>
    once(socket!, "close", { signal }),
  );
  const sweep = setInterval(() => http.closeIdleConnections(), 20);
  try {
    await first;
    assert.ok(performance.now() - before >= 1000);
    const answer = once(half!, "data");
    half!.write("Host: x\r\n\r\n");
    assert.match(String(await answer), /200 OK/);
    await Promise.all(others);
    assert.ok(performance.now() - before >= 2000);
  } finally {
    clearInterval(sweep);
  }
});

test("an answered request whose rest still comes is no next one, and is given a second", async () => {
  const [whole, half] = await Promise.all([open(), open()]);
  const answers = [whole!, half!].map((socket) => once(socket, "data"));
  for (const socket of [whole, half]) {
    socket!.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
  }
  await Promise.all(answers);
  const closed = [whole!, half!].map((socket) => once(socket, "close"));
  whole!.write("0123456789");
  half!.write("01234");
  const sweep = setInterval(() => http.closeIdleConnections(), 20);
  try {
    await closed[0];
    assert.equal(half!.destroyed, false);
    await closed[1];
  } finally {
    clearInterval(sweep);
  }
});
