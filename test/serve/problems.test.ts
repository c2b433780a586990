/** The table of problem types, and what is made from it. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import multer from "multer";
import { InputError } from "../../predictor/errors.ts";
import { MAX_AGE } from "../../predictor/preprocess/ratings.ts";
import { RELEASE_YEARS } from "../../predictor/preprocess/title.ts";
import { createMetrics } from "../../serve/core/metrics.ts";
import { HttpError, PROBLEM_CODES, PROBLEMS, REJECTIONS } from "../../serve/core/problems.ts";
import { createSendProblem } from "../../serve/core/sendProblem.ts";
import { toHttpError } from "../../serve/core/toHttpError.ts";
import { STATUSES } from "../../serve/grpc/status.ts";

test("docs/serving.md lists every problem type with its status and meaning, and no other", async () => {
  const docs = await readFile("docs/serving.md", "utf8");
  const [, section = ""] = /^### Problem types\n([^#]*)/m.exec(docs) ?? [];
  const rows = [...section.matchAll(/^\| `([a-z-]+)` +\| +(\d+) +\| (.*?) +\|$/gm)];
  assert.deepEqual(
    rows.map(([, code, status, meaning]) => [code, Number(status), meaning]),
    PROBLEM_CODES.map((code) => [code, PROBLEMS[code].status, PROBLEMS[code].meaning]),
  );
});

test("docs/serving.md lists every problem type under its status of gRPC", async () => {
  const docs = await readFile("docs/serving.md", "utf8");
  const listed = [...docs.matchAll(/^\| `([A-Z_]+)` +\| (`.*`) +\|$/gm)].flatMap(
    ([, name, codes]) =>
      codes!.split(", ").map((code) => [code.replaceAll("`", ""), status[name as never]]),
  );
  assert.deepEqual(Object.fromEntries(listed), STATUSES);
});

test("docs/serving.md has the predictor's own limits of years and ages", async () => {
  const docs = await readFile("docs/serving.md", "utf8");
  const { min, max } = RELEASE_YEARS;
  assert.ok(docs.includes(`\`age\` within 0 to ${MAX_AGE}, \`year\` within ${min} to ${max}`));
});

function send(error: unknown, path = "/v1/predict") {
  const counted: string[] = [];
  const sendProblem = createSendProblem({ reject: (reason) => counted.push(reason) });
  const headers: Record<string, string> = {};
  let body = "";
  const response = {
    statusCode: 0,
    setHeader: (name: string, value: string) => {
      headers[name] = value;
    },
    end: (text: string) => {
      body = text;
    },
  };
  const request = { id: "r1", url: path };
  sendProblem(request as unknown as IncomingMessage, response as unknown as ServerResponse, error);
  return { counted, headers, status: response.statusCode, json: JSON.parse(body) };
}

for (const code of PROBLEM_CODES) {
  test(`${code} is sent with its status and title, and counted if it is a rejection`, () => {
    const { status, title } = PROBLEMS[code];
    const sent = send(new HttpError(code, "why", { headers: { "retry-after": "3" } }));
    assert.equal(sent.status, status);
    assert.equal(sent.headers["content-type"], "application/problem+json");
    assert.equal(sent.headers["retry-after"], "3");
    assert.deepEqual(sent.json, {
      type: `urn:marquee:problem:${code}`,
      title,
      status,
      detail: "why",
      instance: "/v1/predict",
      requestId: "r1",
    });
    assert.deepEqual(sent.counted, "rejection" in PROBLEMS[code] ? [code] : []);
    assert.deepEqual(send(new HttpError(code, "why"), "/v2/models/x/infer?a=b").json, {
      error: "why",
    });
  });
}

test("all reasons of rejections are in the metrics from the start", async () => {
  const metrics = createMetrics();
  const text = await metrics.registry.getSingleMetricAsString("marquee_rejections_total");
  metrics.registry.clear();
  const reasons = [...text.matchAll(/reason="([a-z-]+)"\} 0/g)].map(([, reason]) => reason);
  assert.deepEqual(reasons.sort(), [...REJECTIONS].sort());
  assert.deepEqual(reasons, [
    "bodies-full",
    "draining",
    "forbidden",
    "model-unavailable",
    "queue-full",
    "rate-limit",
    "slow-body",
    "timeout",
    "unauthorized",
    "unfinished-bodies",
  ]);
});

const THROWN: [what: string, error: unknown, code: string, field: string | undefined][] = [
  ["the predictor's refusal", new InputError("year", "is wrong"), "invalid-input", "year"],
  ["a body that is too large", { status: 413, type: "entity.too.large" }, "too-large", "body"],
  ["an unknown charset", { status: 415, message: "no" }, "content-type", "body"],
  ["JSON that is none", { status: 400, message: "no" }, "bad-request", "body"],
  ["a range that a file has not", { status: 416, message: "no" }, "range", "body"],
  ["a file that has changed", { status: 412, message: "no" }, "precondition", "body"],
  ["another status", { status: 418, message: "no" }, "bad-request", "body"],
  [
    "a file that is too large",
    new multer.MulterError("LIMIT_FILE_SIZE", "poster"),
    "too-large",
    "poster",
  ],
  [
    "a file that is not expected",
    new multer.MulterError("LIMIT_UNEXPECTED_FILE", "x"),
    "multipart",
    "x",
  ],
  ["a form that is cut", new Error("Unexpected end of form"), "multipart", "body"],
  ["a bug", new TypeError("secret"), "internal", undefined],
  ["nothing", undefined, "internal", undefined],
];
for (const [what, error, code, field] of THROWN) {
  test(`${what} is ${code}`, () => {
    const problem = toHttpError(error);
    assert.equal(problem.code, code);
    assert.equal(problem.issues[0]?.field, field);
    assert.doesNotMatch(problem.message, /secret/);
  });
}
