/** New bundles and signals under load: no request fails. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, rename } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { pino } from "pino";
import { openBundle } from "../../node/bundle.ts";
import { publishBundle } from "../../pipeline/publish/publish.ts";
import { logDrivers } from "../../serve/openModels.ts";
import { startOf } from "../builtProgram.ts";
import { sampleTarget } from "../predictor/sampleManifest.ts";
import { until } from "../until.ts";
import { metric, sendHalf } from "./halfBody.ts";
import { createLab, type Lab, post, publishTiny } from "./server.ts";

let lab: Lab;
before(async () => {
  lab = await createLab();
});
after(() => lab.close());

/** Several clients that each send one request after another until they are stopped. */
function load(url: string, clients = 8) {
  let isRunning = true;
  const answers: Awaited<ReturnType<typeof post>>[] = [];
  const client = async (number: number) => {
    for (let i = 0; isRunning; i++) {
      const movie = { title: `war cat ${number}`, year: 1950 + (i % 50), topK: 1 };
      answers.push(await post(`${url}/v1/predict`, movie));
    }
  };
  const clientsDone = Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
  return {
    answers,
    async stop() {
      isRunning = false;
      await clientsDone;
      return answers;
    },
  };
}

test("under load, a new bundle is swapped in and a bad one refused, and every request is answered", async () => {
  const path = join(lab.root, "models", "reloaded");
  await publishTiny(path, 1);
  const server = await lab.serve({ model: path, reloadSeconds: 0.05 });
  const old = server.models.default.model.version;
  const clients = load(server.url);
  await until(() => clients.answers.length > 50);

  await publishTiny(path, 2);
  await until(() => server.models.default.model.version !== old);
  const swapped = server.models.default.model.version;
  await until(() => clients.answers.at(-1)!.json.model.version === swapped);

  const reloads = async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/marquee_reloads_total\{outcome="refused"\} (\d+)/.exec(text)?.[1] ?? 0);
  };
  // No graph at all, though its checksum is right.
  const { manifest, graph } = await openBundle(path);
  const { files: _, ...bare } = manifest;
  await publishBundle(path, bare, { "model.onnx": "not a graph" });
  await until(async () => (await reloads()) === 1);
  // A graph that is not what the manifest says.
  await publishBundle(path, { ...bare, target: sampleTarget(["One"]) }, { "model.onnx": graph });
  await until(async () => (await reloads()) === 2);
  // A file damaged in transit, moved into place as it is: the server checks all the time.
  const damaged = `${path}-damaged`;
  await publishTiny(damaged, 3);
  await appendFile(join(damaged, "model.onnx"), "!");
  await rename(path, `${path}-before`);
  await rename(damaged, path);
  await until(async () => (await reloads()) >= 3);
  await server.models.default.reload();
  assert.equal(server.models.default.model.version, swapped);

  const count = clients.answers.length;
  await until(() => clients.answers.length > count + 50);
  const answers = await clients.stop();
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const versions = new Set(answers.map(({ json }) => json.model.version));
  assert.deepEqual([...versions], [old, swapped]);
});

/** `npm run serve` as a process of its own. */
async function startProcess(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(
    process.execPath,
    [...startOf("serve/main.ts"), "--port", "0", "--provider", "cpu", ...args],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } },
  );
  const lines: Record<string, unknown>[] = [];
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const finished = new Promise<number | null>((resolve) => child.on("close", resolve));
  const url = await new Promise<string | undefined>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      lines.push(entry);
      if (entry.msg === "listening") resolve(entry.url as string);
    });
    void finished.then(() => resolve(undefined));
  });
  return { child, url: url ?? "", finished, lines, stderr: () => stderr };
}

test("SIGTERM under load: not ready at once, every request is answered, then the process stops", async () => {
  const { child, url, finished, lines } = await startProcess(["--model", lab.model], {
    MARQUEE_DRAIN_SECONDS: "2",
    MARQUEE_WORKERS: "2",
  });
  const clients = load(url);
  await until(() => clients.answers.length > 100);
  child.kill("SIGTERM");
  await until(async () => (await fetch(`${url}/readyz`)).status === 503);
  assert.equal((await fetch(`${url}/livez`)).status, 200);
  const before = clients.answers.length;
  await until(() => clients.answers.length > before + 20);
  // A load balancer sends no more requests once it has seen that the server is not ready.
  const answers = await clients.stop();
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.equal(answers.at(-1)!.headers.get("connection"), "close");
  assert.equal(await finished, 0);
  const messages = lines.map(({ msg }) => msg);
  assert.ok(messages.includes("shutting down"));
  assert.deepEqual(messages.slice(-1), ["stopped"]);
  // Every request was logged with its id, and with no body or header.
  const logged = lines.filter(({ res }) => res !== undefined);
  assert.ok(logged.length >= answers.length);
  const ids = new Set(logged.map(({ req }) => (req as { id: string }).id));
  for (const { headers } of answers) assert.ok(ids.has(headers.get("x-request-id")!));
  assert.ok(!JSON.stringify(logged).includes("war cat"));
});

test("the shutdown waits for a request that was accepted before it, and leaves no connection open", async (t) => {
  const server = await lab.serve();
  const half = sendHalf(server.url);
  // If an assertion fails before it, neither the request nor the server would end.
  t.after(() => half.request.destroy());
  await until(async () => (await metric(server.url, "marquee_unfinished_bodies")) === 1);
  let isClosed = false;
  const closed = server.close().then(() => {
    isClosed = true;
  });
  // Nothing but the request keeps the server open: one that did not wait would be closing its models.
  await assert.rejects(fetch(`${server.url}/livez`));
  assert.equal(isClosed, false);
  assert.equal((await half.finish()).status, 200);
  await closed;
  await assert.rejects(fetch(`${server.url}/livez`));
});

test("texts of large bodies take no memory of the thread that answers", async () => {
  const { child, url, finished } = await startProcess(["--model", lab.model]);
  const heap = () => metric(url, "nodejs_heap_size_total_bytes");
  try {
    const fresh = await heap();
    // Text, which would lie in V8's heap, unlike bytes.
    const poster = "A".repeat(25_000_000);
    for (let i = 0; i < 3; i++) {
      assert.equal((await post(`${url}/v1/predict`, { poster })).status, 422);
      assert.ok((await heap()) < fresh + 24_000_000, "less than one of the texts");
    }
  } finally {
    child.kill("SIGKILL");
    await finished;
  }
});

test("ports that are taken are reported before a model is opened", async (t) => {
  const holder = createServer().listen(0, "127.0.0.1");
  t.after(() => holder.close());
  await once(holder, "listening");
  const { port } = holder.address() as AddressInfo;
  // Where the ports are free, what is wrong is the model.
  const model = "nowhere";
  const host = "127.0.0.1";
  const why = (flag: string) => ({
    message: new RegExp(`:${port} is taken; .* with ${flag}, or 0`),
  });
  await assert.rejects(lab.serve({ model, host, port }), why("--port"));
  await assert.rejects(lab.serve({ model, host, grpcPort: port }), why("--grpc-port"));
  await new Promise((done) => holder.close(done));
  await assert.rejects(lab.serve({ model, host, port, grpcPort: port }), why("--grpc-port"));
  await assert.rejects(lab.serve({ model, host, port }), { message: /^nowhere is not a bundle/ });
});

test("what drivers write is logged for a provider that is named, and else for those who debug", () => {
  const logged = (level: string, wanted: "auto" | "cuda") => {
    const lines: string[] = [];
    const log = pino({ level, base: null }, { write: (line: string) => void lines.push(line) });
    logDrivers(log, wanted)(["error: no display"]);
    return lines.map((line) => JSON.parse(line)).map(({ said, level }) => [said, level]);
  };
  const said = ["error: no display"];
  assert.deepEqual(logged("info", "auto"), []);
  assert.deepEqual(logged("debug", "auto"), [[said, 20]]);
  assert.deepEqual(logged("info", "cuda"), [[said, 30]]);
});

test("what prevents a start is reported in one sentence", async () => {
  for (const [args, environment, exitCode, message] of [
    [["--model", "nowhere"], {}, 1, /^error: nowhere is not a bundle/],
    [
      ["--model", lab.model, "--max-batch", "-1"],
      {},
      2,
      /^error: options: maxBatch: too small, .*-1/,
    ],
    [["--model", lab.model], { MARQUEE_PORT: "many" }, 2, /^error: MARQUEE_PORT is "many"/],
    [["--modle", lab.model], {}, 2, /^error: unknown option '--modle'; did you mean --model/],
    [["--model", lab.model, "--precision", "q8"], {}, 1, /^error: .* has no q8 graph; it has fp32/],
  ] as const) {
    const { finished, stderr } = await startProcess(args, environment);
    assert.equal(await finished, exitCode);
    assert.match(stderr(), message);
  }
});
