/** Trains towers on a backend and on the CPU, and compares them step by step. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startOf } from "../../builtProgram.ts";
import type { BackendRun } from "./backendChild.ts";

interface Comparison {
  readonly optimizer: "adamw" | "sgd";
  /** Largest difference of a step's loss. Where a gradient is almost 0, AdamW amplifies its rounding errors. */
  readonly tolerance: number;
  /** Environment of the process that trains. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Trains in a process of its own; one that crashes or does not end rejects.
 *
 * @returns What `auto` selects and logs afterwards, in the same process.
 */
export async function assertTrainsAsCpu(
  backend: "webgpu" | "tensorflow",
  { optimizer, tolerance, env = process.env }: Comparison,
): Promise<Pick<BackendRun, "log" | "name">> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...startOf("test/pipeline/train/backendChild.ts"), backend, optimizer],
    { env, timeout: 240_000 },
  );
  const { cpu, other, log, name } = JSON.parse(stdout.trim().split("\n").at(-1)!) as BackendRun;
  assert.deepEqual(
    other.map(({ input }) => input),
    ["title", "poster"],
  );
  for (const [i, { input, losses, tensors, lost, exported }] of other.entries()) {
    const expected = cpu[i]!.losses;
    assert.equal(losses.length, expected.length, input);
    for (const [step, loss] of losses.entries()) {
      const difference = Math.abs(loss - expected[step]!);
      assert.ok(difference < tolerance, `${input}, step ${step}: ${loss}, cpu ${expected[step]}`);
    }
    assert.equal(new Set(tensors).size, 1, `${input}: tensors after each step ${tensors}`);
    assert.equal(lost, 0, input);
    assert.ok(exported < 1e-5, `${input}: the graph differs by ${exported}`);
  }
  return { log, ...(name === undefined ? {} : { name }) };
}
