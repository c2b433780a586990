/** Trains with PyTorch on the CPU, in a Python process that reads commands as lines of JSON and arrays from files. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createRandom } from "../../pipeline/common/random.ts";
import type { Config } from "../../pipeline/config/schema.ts";
import { buildTower } from "../../pipeline/model/build.ts";
import { getWeights } from "../../pipeline/model/weights.ts";
import { startBackend } from "../../pipeline/train/backend.ts";
import type { InputName } from "../../predictor/movie.ts";
import { type Batch, inventBatches, LABELS, PIXELS, PRIOR, partsOf } from "./data.ts";
import type { BuiltTower, Trainer } from "./trainer.ts";

interface PythonProcess {
  ask<T>(command: object): Promise<T>;
  end(): void;
}

/**
 * Starts a trainer with a single thread and one with PyTorch's default number of threads, in the same process.
 *
 * @param folder Folder for the files with arrays.
 * @throws Error if Python, PyTorch or NumPy is missing.
 */
export async function startPyTorch(
  python: string,
  config: Config,
  folder: string,
): Promise<Trainer[]> {
  const probe = spawnSync(python, ["-c", "import numpy, torch"], { encoding: "utf8" });
  if (probe.status !== 0) {
    const why = probe.error?.message ?? probe.stderr.trim().split("\n").at(-1);
    throw new Error(`${python} needs torch and numpy (${why}); set $PYTHON to another interpreter`);
  }
  // This process builds models only for their initial weights.
  await startBackend("wasm");
  const torch = startPython(python);
  const { version, threads } = await torch.ask<{ version: string; threads: number }>({
    do: "describe",
    processors: availableParallelism(),
  });
  const counts = [...new Set([1, threads])];
  return counts.map((count, i) => ({
    name: `PyTorch ${version}, ${count} thread${count > 1 ? "s" : ""}`,
    // The first trainer's command builds the tower for both.
    build: (tower) => (i === 0 ? build(tower) : torch.ask({ do: "built" })),
    train: (seconds) => torch.ask({ do: "train", threads: count, seconds }),
    end: () => torch.end(),
  }));

  async function build(tower: InputName): Promise<BuiltTower> {
    const random = createRandom(config.seed).fork(tower);
    const batches = inventBatches(tower, config, random);
    const model = buildTower(tower, partsOf(config), random.fork("weights"));
    const job = {
      do: "build",
      tower,
      threads: counts,
      prior: [...PRIOR],
      config: { ...config[tower], pixels: PIXELS },
      averaging: config.train.averaging,
      weights: await writeWeights(model, folder),
      batches: await writeBatches(tower, batches, model, folder),
    };
    model.dispose();
    return torch.ask(job);
  }
}

function startPython(python: string): PythonProcess {
  const script = fileURLToPath(new URL("./towers.py", import.meta.url));
  const child: ChildProcessWithoutNullStreams = spawn(python, [script], {
    // On a shared machine, waiting threads that spin slow down the working ones: an epoch takes twenty times as long.
    // With sleeping threads, PyTorch is about as fast on an idle machine.
    env: { ...process.env, OMP_WAIT_POLICY: "PASSIVE" },
  });
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, "exit").then(([code]) => {
    throw new Error(`${python} ended with status ${code}`);
  });
  // A rejection matters only to a pending ask().
  exited.catch(() => {});
  return {
    async ask(command) {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const { value } = await Promise.race([lines.next(), exited]);
      if (value === undefined) await exited;
      return JSON.parse(value as string);
    },
    end: () => child.stdin.end(),
  };
}

interface FileArray {
  readonly path: string;
  /** Data type by its NumPy name. */
  readonly type: "float32" | "int32" | "uint8";
  readonly shape: readonly number[];
}

async function writeArray(
  path: string,
  values: Float32Array | Int32Array | Uint8Array,
  shape: readonly number[],
): Promise<FileArray> {
  await writeFile(path, values);
  const type =
    values instanceof Float32Array ? "float32" : values instanceof Int32Array ? "int32" : "uint8";
  return { path, type, shape };
}

async function writeWeights(model: LayersModel, folder: string) {
  const values = await getWeights(model);
  const list: (FileArray & { name: string })[] = [];
  for (const [i, { originalName: name, shape }] of model.weights.entries()) {
    const path = join(folder, `weight${i}`);
    list.push({ name, ...(await writeArray(path, values.get(name)!, shape as number[])) });
  }
  return list;
}

async function writeBatches(
  tower: InputName,
  batches: readonly Batch[],
  model: LayersModel,
  folder: string,
) {
  const list: { inputs: FileArray[]; targets: FileArray }[] = [];
  for (const [i, { inputs, targets }] of batches.entries()) {
    const size = targets.length / LABELS;
    const arrays: FileArray[] = [];
    for (const [j, values] of inputs.entries()) {
      const path = join(folder, `batch${i}-${j}`);
      // PyTorch takes posters as bytes.
      const bytes = tower === "poster" && j === 0 ? Uint8Array.from(values) : values;
      arrays.push(
        await writeArray(path, bytes, [size, ...(model.inputs[j]!.shape.slice(1) as number[])]),
      );
    }
    const path = join(folder, `targets${i}`);
    list.push({ inputs: arrays, targets: await writeArray(path, targets, [size, LABELS]) });
  }
  return list;
}
