/** The table of routes against a real server: what it says is so, and nothing else is there. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { METHODS } from "node:http";
import { after, before, test } from "node:test";
import type { Route } from "../../serve/core/route.ts";
import { allowedMethods, ROUTES } from "../../serve/routes.ts";
import type { Server } from "../../serve/server.ts";
import { createLab, type Lab } from "./server.ts";

const KEY = "first-key-0123456789";

let lab: Lab;
let server: Server;
before(async () => {
  lab = await createLab();
  server = await lab.serve();
});
after(() => lab.close());

function urlOf(path: string, { url, models }: Server = server): string {
  return url + path.replace(":name", "tiny").replace(":version", models.default.model.version);
}

function send({ method, path }: Route, to = server, headers: Record<string, string> = {}) {
  return fetch(urlOf(path, to), {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(method === "POST" ? { body: '{"title":"war"}' } : {}),
  });
}

/** Those that HTTP clients send; a CONNECT is for proxies, and `fetch` refuses TRACE. */
const ASKED = METHODS.filter((method) => !["CONNECT", "TRACE", "TRACK"].includes(method));

for (const route of ROUTES) {
  const { method, path } = route;
  const allowed = allowedMethods(ROUTES).get(path)!;

  test(`${method} ${path} answers, with a slash at its end, too`, async () => {
    // A movie is no inference request: that is refused, but by its own route. There are no operators.
    const expected = path.endsWith("/infer") ? 400 : route.operatorsOnly ? 403 : 200;
    const response = await send(route);
    assert.equal(response.status, expected);
    assert.notEqual(await response.text(), "");
    assert.equal((await send({ ...route, path: `${path}/` })).status, expected);
  });

  test(`${path} answers HEAD and OPTIONS, and 405 to other methods`, async () => {
    const options = await fetch(urlOf(path), { method: "OPTIONS" });
    assert.equal(options.status, 204);
    assert.equal(options.headers.get("allow"), allowed);
    const head = await fetch(urlOf(path), { method: "HEAD" });
    assert.equal(head.status, method === "GET" ? 200 : 405);
    assert.equal(await head.text(), "");
    if (method === "GET") {
      const type = (await send(route)).headers.get("content-type");
      assert.equal(head.headers.get("content-type"), type);
    }
    for (const other of ASKED.filter((name) => !allowed.split(", ").includes(name))) {
      const response = await fetch(urlOf(path), { method: other });
      assert.equal(response.status, 405, other);
      assert.equal(response.headers.get("allow"), allowed, other);
      const text = await response.text();
      if (other !== "HEAD") assert.match(text, /is not allowed here; use (?:GET|POST)/);
    }
  });

  test(`nothing is below ${path}`, async () => {
    const response = await fetch(`${urlOf(path)}/none/at/all`);
    assert.equal(response.status, 404);
    assert.match(await response.text(), /no such endpoint: GET \/[^ ]+; see \/docs/);
  });
}

test("docs/serving.md lists every row of the table, and no other", async () => {
  const docs = await readFile("docs/serving.md", "utf8");
  const [, section = ""] = /^## Endpoints\n(.*?)\n\n`/ms.exec(docs) ?? [];
  const documented = [...section.matchAll(/`((?:GET|POST) \/[^`]*)`/g)].flatMap(([, request]) =>
    request!.includes("[")
      ? [request!.replace(/\[.*\]/, ""), request!.replace(/[[\]]/g, "")]
      : request!,
  );
  const pages = ["GET /docs", "GET /"];
  assert.deepEqual(
    documented.sort(),
    [
      ...ROUTES.map(({ method, path }) =>
        `${method} ${path}`.replace(":name", "NAME").replace(":version", "VERSION"),
      ),
      ...pages,
    ].sort(),
  );
});

test("pages answer 405 to what is neither GET nor HEAD", async () => {
  for (const path of ["/", "/docs"]) {
    const response = await fetch(server.url + path, { method: "POST" });
    assert.equal(response.status, 405, path);
    assert.equal(response.headers.get("allow"), "GET, HEAD, OPTIONS");
  }
});

test("API keys are asked for where the table says so, whatever the method", async () => {
  const keyed = await lab.serve({ apiKeys: [KEY] });
  for (const route of ROUTES) {
    const what = `${route.method} ${route.path}`;
    assert.equal((await send(route, keyed)).status === 401, route.needsKey, what);
    assert.notEqual((await send(route, keyed, { "x-api-key": KEY })).status, 401, what);
    const wrongMethod = await fetch(urlOf(route.path, keyed), { method: "DELETE" });
    assert.equal(wrongMethod.status, route.needsKey ? 401 : 405, what);
  }
});

interface OpenApi {
  readonly paths: Record<string, Record<string, OpenApiOperation>>;
}
interface OpenApiOperation {
  readonly summary?: string;
  readonly security: readonly object[];
  readonly responses: Record<string, { headers?: object }>;
}

test("OpenAPI has every row of the table, and nothing else", async () => {
  const keyed = await lab.serve({ apiKeys: [KEY] });
  const { paths } = (await (await fetch(`${keyed.url}/openapi.json`)).json()) as OpenApi;
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const inTable = ({ method, path }: Route) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`;
  assert.deepEqual(described.sort(), ROUTES.map(inTable).sort());
  for (const route of ROUTES) {
    const [method, path] = inTable(route).split(" ") as [string, string];
    const { summary, security, responses } = paths[path]![method.toLowerCase()]!;
    assert.ok(summary && responses["200"], path);
    assert.equal(security.length > 0, route.needsKey, path);
    assert.equal("401" in responses, route.needsKey, path);
    const canBeBusy = route.queued || route.path.endsWith("/load");
    assert.equal(responses["503"]?.headers !== undefined, canBeBusy, path);
  }
});
