/** Which machines fit a job: those whose outputs would be the same bits. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { FORMAT, type Identity } from "../../../../pipeline/checkpoint/identity.ts";
import { checkData, checkMachine, type Machine } from "../../../../pipeline/jobs/queue/machine.ts";

const TABLES = "a".repeat(64);

function identity(backend: string, versions: Record<string, string>): Identity {
  return {
    format: FORMAT,
    options: { backend },
    data: { tables: TABLES, posters: "b".repeat(64), files: {} },
    versions,
  };
}

function machine(versions: Record<string, string>, tables = TABLES): Machine {
  return { versions, tables, dataset: "shop" };
}

test("equal data and versions fit; packages of other backends do not matter", () => {
  const versions = { node: "20.1.0", "@tensorflow/tfjs-backend-wasm": "4.22.0" };
  checkMachine(machine(versions), identity("wasm", versions));
  const gpu = { ...versions, "@tensorflow/tfjs-node-gpu": "4.22.0" };
  checkMachine(machine(gpu), identity("wasm", versions));
  checkMachine(machine(versions), identity("wasm", gpu));
  assert.throws(
    () => checkMachine(machine(versions), identity("tensorflow-gpu", gpu)),
    /^IncompatibleError: @tensorflow\/tfjs-node-gpu is not installed here, the job needs 4\.22\.0$/,
  );
});

test("everything that differs is named at once", () => {
  const wanted = identity("wasm", { node: "20.1.0" });
  assert.throws(
    () => checkMachine(machine({ node: "22.0.0" }, "c".repeat(64)), wanted),
    /^IncompatibleError: node is 22\.0\.0 here, the job needs 20\.1\.0; the data set here is shop \(cccccccc\), the job's is another \(aaaaaaaa\); give --data$/,
  );
  const other = { ...wanted, format: FORMAT + 1 };
  assert.throws(() => checkMachine(machine({ node: "20.1.0" }), other), /the job is of format/);
});

test("images and files that differ are found before the training", () => {
  const wanted = { tables: TABLES, posters: "b", files: { "title embeddings": "c" } };
  checkData(wanted, wanted);
  assert.throws(
    () => checkData({ ...wanted, posters: "x", files: {} }, wanted),
    /^IncompatibleError: images differ, or decode to other pixels; the title embeddings differ$/,
  );
});
