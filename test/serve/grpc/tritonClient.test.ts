/** NVIDIA's client over gRPC, as it is, and the fields of its messages beside ours. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { DescriptorProto } from "@bufbuild/protobuf/wkt";
import { file_openInference } from "../../../serve/grpc/openInference_pb.ts";
import { PYTHON, without } from "../../needs/needs.ts";
import { sampleFeeds, type Tensors } from "../sampleFeeds.ts";
import { createLab, type Lab } from "../server.ts";

let lab: Lab;
before(async () => {
  lab = await createLab();
});
after(() => lab.close());

type Fields = Readonly<Record<string, readonly (readonly unknown[])[]>>;

interface Printed {
  readonly answers: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  readonly messages: Fields;
}

/** Where ours are a part of Triton's. */
const PARTS = /^inference\.Model(?:Config|Input|Output)$/;

test("NVIDIA's client: every way of asking, and messages of the same fields", {
  skip: without("tritonClient"),
}, async () => {
  const { feeds, expected } = await sampleFeeds(lab.model, 6);
  const server = await lab.serve({ grpcPort: 0, maxMovies: 16, maxBatch: 4 });
  const path = join(lab.root, "feeds.json");
  await writeFile(path, JSON.stringify(plain(feeds)));
  const { stdout } = await promisify(execFile)(
    PYTHON,
    ["test/serve/grpc/tritonClient.py", server.grpcAddress!, "tiny", path],
    { maxBuffer: 1 << 24 },
  );
  const { answers, messages } = JSON.parse(stdout) as Printed;
  assert.deepEqual(Object.keys(answers), [
    ...["infer-None", "infer-gzip", "infer-deflate", "async", "stream"],
  ]);
  for (const [way, outputs] of Object.entries(answers)) {
    for (const [name, { data }] of Object.entries(expected)) {
      assert.equal(outputs[name]!.length, data.length);
      for (const [i, value] of data.entries()) {
        assert.ok(Math.abs(value - outputs[name]![i]!) < 1e-6, `${way}: ${name}`);
      }
    }
  }
  for (const [name, fields] of Object.entries(ourMessages())) {
    const theirs = messages[name]!;
    if (PARTS.test(name)) for (const field of fields) assertHas(theirs, field, name);
    else assert.deepEqual(fields, theirs, name);
  }
});

/** @param field An enum is a plain number in ours. */
function assertHas(fields: Fields[string], [number, name, type]: readonly unknown[], of: string) {
  const [, theirName, theirType] = fields.find(([theirs]) => theirs === number) ?? [];
  assert.equal(theirName, name, of);
  const [INT32, ENUM] = [5, 14];
  assert.ok(theirType === type || (type === INT32 && theirType === ENUM), `${of}.${name}`);
}

function plain(feeds: Tensors) {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dims, data }]) => [name, { dims, data: Array.from(data) }]),
  );
}

/** Number, name, type and label of the fields, by message. */
function ourMessages(): Fields {
  const found: Record<string, unknown[][]> = {};
  const visit = ({ field, nestedType }: DescriptorProto, path: string) => {
    found[path] = field.map(({ number, name, type, label }) => [number, name, type, label]);
    for (const nested of nestedType) visit(nested, `${path}.${nested.name}`);
  };
  const { package: root, messageType } = file_openInference.proto;
  for (const message of messageType) visit(message, `${root}.${message.name}`);
  return found;
}
