/**
 * `node --import tsx bench/tf2onnx.ts --models PATHS --python PYTHON`: models through tfjs-to-onnx and through tf2onnx, in
 * turns: the time of the two commands, from their start to their end, and the latency of the two graphs. Results and the
 * setup of Python are in bench/notes/convert.md.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as ort from "onnxruntime-node";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { markdownTable } from "../pipeline/evaluate/table.ts";
import { convert } from "../pipeline/export/convert.ts";
import { scientific } from "../pipeline/export/report.ts";
import { batchesOf, type Feed } from "../pipeline/export/verify/feeds.ts";
import { difference } from "../pipeline/export/verify/measure.ts";
import { InputError } from "../predictor/errors.ts";
import { findModels, type ModelFile, readArtifacts } from "./convert/modelFiles.ts";
import { median } from "./statistics.ts";

const COMMAND = fileURLToPath(new URL("../pipeline/export/dist/cli/main.js", import.meta.url));
const PEER = fileURLToPath(new URL("./convert/peer.py", import.meta.url));
/** How tf2onnx takes a model of each kind. */
const PEER_FLAGS = { graph: "--tfjs", layers: "--tfjs-layers" } as const;
/** The batch size from which the graph is written for throughput. */
const THROUGHPUT_FROM = 16;
/** Predictions before the timed ones. */
const WARM_UP = 5;

const HEADER = [
  "model",
  "ONNX MB",
  "seconds",
  "tf2onnx",
  "times less",
  "processor s",
  "tf2onnx",
  "times less",
];
const LATENCY_HEADER = ["prediction ms", "tf2onnx", "ratio"];

const program = {
  name: "node --import tsx bench/tf2onnx.ts",
  description:
    "Converts models by tfjs-to-onnx (npm run build -w tfjs-to-onnx) and by tf2onnx, and compares time and latency.",
  schema: z.strictObject({
    models: z.array(z.string().min(1)).min(1).describe("model.json files, or folders of them"),
    python: z.string().default("python3").describe("a Python that has tf2onnx and TensorFlow"),
    repeats: z.int().min(1).default(3).describe("timed runs of each command"),
    predictions: z.int().min(1).default(50).describe("timed predictions of each graph"),
    batches: z
      .array(z.int().min(1))
      .min(1)
      .default([1])
      .describe(
        `batch sizes; for ${THROUGHPUT_FROM} and more the converter is asked for throughput`,
      ),
  }),
};

await runCommand(program, async ({ models, python, repeats, predictions, batches }) => {
  if (!existsSync(COMMAND))
    throw new InputError("dist", "the package is not built; npm run build -w tfjs-to-onnx");
  const folder = await mkdtemp(join(tmpdir(), "tf2onnx-"));
  try {
    const rows: Measured[] = [];
    const refused: string[] = [];
    for (const file of findModels(models)) {
      const [ours, theirs] = [join(folder, "ours.onnx"), join(folder, "theirs.onnx")];
      const peer = [
        PEER,
        PEER_FLAGS[file.kind],
        resolve(file.path),
        "--output",
        theirs,
        "--opset",
        "17",
      ];
      try {
        const commands = await measureCommands(repeats, [
          [process.execPath, COMMAND, file.path, ours],
          [python, ...peer],
        ]);
        const latencies: Latency[] = [];
        for (const batch of batches)
          latencies.push(await measureLatency(file, theirs, batch, predictions));
        rows.push({ name: file.name, bytes: (await stat(ours)).size, ...commands, latencies });
        console.error(cellsOf(rows.at(-1)!).join("  "));
      } catch (error) {
        const lines = (error instanceof Error ? error.message : `${error}`).trim().split("\n");
        refused.push(`${file.name}: ${lines.at(-1)}`);
        console.error(refused.at(-1));
      }
    }
    console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, node ${process.version}`);
    console.log(
      `Medians of ${repeats} runs of each command, and of the processor time of ${predictions} predictions on one thread, in turns.\n`,
    );
    const header = [
      ...HEADER,
      ...batches.flatMap((batch) => LATENCY_HEADER.map((cell) => `${cell}, batch ${batch}`)),
      "apart",
    ];
    console.log(markdownTable(header, rows.map(cellsOf)));
    const times = (pairs: (row: Measured) => Pair<number>) =>
      median(rows.map((row) => pairs(row)[1] / pairs(row)[0])).toFixed(1);
    const latency = batches.map((batch, i) => {
      const ratios = rows.map(({ latencies }) => ratioOf(latencies[i]!.ms));
      return `${median(ratios).toFixed(2)} of the latency at batch ${batch} (at most ${Math.max(...ratios).toFixed(2)})`;
    });
    console.log(
      `\nMedian over ${rows.length} models: ${times((row) => row.seconds)} times less time, ${times((row) => row.processor)} times less processor time, ${latency.join(", ")}.`,
    );
    for (const line of refused) console.log(`Not compared: ${line}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return 0;
});

/** tf2onnx leaves the index of an output in some names, as in `input:0`. */
function bare(name: string): string {
  return name.replace(/:\d+$/, "");
}

/** Figures of tfjs-to-onnx, then of tf2onnx. */
type Pair<T> = readonly [ours: T, theirs: T];

interface Latency {
  /** Median processor time of a prediction on one thread. */
  readonly ms: Pair<number>;
  /** Largest relative difference between the outputs of the two. */
  readonly apart: number;
}

interface CommandTimes {
  /** Median duration from start to end. */
  readonly seconds: Pair<number>;
  /** Median processor time, in seconds. */
  readonly processor: Pair<number>;
}

interface Measured extends CommandTimes {
  readonly name: string;
  /** At each batch size. */
  readonly latencies: readonly Latency[];
  readonly bytes: number;
}

/** The two commands in turns. @throws Error with what a command printed before it failed. */
async function measureCommands(
  count: number,
  commands: Pair<readonly string[]>,
): Promise<CommandTimes> {
  const processor: [number[], number[]] = [[], []];
  const works = commands.map((command, k) => async () => {
    processor[k]!.push(await run(command));
  });
  const [ours, theirs] = works as [() => Promise<void>, () => Promise<void>];
  const seconds = await inTurns(count, [ours, theirs], wallSeconds);
  return { seconds, processor: [median(processor[0]), median(processor[1])] };
}

/** Runs a command under bash's `time`, which knows the processor time of a child. */
async function run(command: readonly string[]): Promise<number> {
  const script = 'TIMEFORMAT="%U %S"; time "$@"';
  const { stderr } = await promisify(execFile)("bash", ["-c", script, "bash", ...command], {
    maxBuffer: 1e8,
  }).catch((error: { stderr: string }) => {
    // the times are the last line
    throw new Error(error.stderr.trim().split("\n").slice(0, -1).join("\n"));
  });
  const [user = 0, system = 0] = stderr.trim().split("\n").at(-1)!.split(" ").map(Number);
  return user + system;
}

/** Medians of what `clock` says of each, the two in turns. */
async function inTurns(
  count: number,
  works: Pair<() => Promise<unknown>>,
  clock: (work: () => Promise<unknown>) => Promise<number>,
): Promise<Pair<number>> {
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < count; i++)
    for (const [k, work] of works.entries()) times[k]!.push(await clock(work));
  return [median(times[0]), median(times[1])];
}

async function wallSeconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** CPU time of this process, in milliseconds: other load on the machine hardly changes it. */
async function processorMilliseconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/**
 * Both graphs on one thread and the same inputs, in turns; ours as it is written for the batch size. A model whose batch
 * size is fixed has that.
 */
async function measureLatency(
  file: ModelFile,
  peer: string,
  batch: number,
  predictions: number,
): Promise<Latency> {
  const purpose = batch < THROUGHPUT_FROM ? "latency" : "throughput";
  const conversion = convert(await readArtifacts(file), { for: purpose });
  const [first] = batchesOf(conversion, [batch]);
  const graphs: Graph[] = [];
  for (const file of [conversion.onnx, await readFile(peer)])
    graphs.push(await openGraph(file, first!.feeds));
  const [ours, theirs] = graphs as [Graph, Graph];
  for (let i = 0; i < WARM_UP; i++) for (const { predict } of graphs) await predict();
  const ms = await inTurns(predictions, [ours.predict, theirs.predict], processorMilliseconds);
  const apart = distance(await ours.predict(), await theirs.predict());
  for (const { session } of graphs) await session.release();
  return { ms, apart };
}

interface Graph {
  readonly session: ort.InferenceSession;
  predict(): Promise<ort.InferenceSession.OnnxValueMapType>;
}

async function openGraph(file: Uint8Array, feeds: readonly Feed[]): Promise<Graph> {
  const session = await ort.InferenceSession.create(file, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const inputs = session.inputNames.map((name) => {
    const feed = feeds.find(({ info }) => info.name === bare(name));
    if (!feed) throw new Error(`tf2onnx has an input ${name}, tfjs-to-onnx has none`);
    const { info, shape, data } = feed;
    return [name, new ort.Tensor(info.dtype as "float32", data, shape)] as const;
  });
  const fed = Object.fromEntries(inputs);
  return { session, predict: () => session.run(fed) };
}

type Outputs = ort.InferenceSession.OnnxValueMapType;

function distance(ours: Outputs, theirs: Outputs): number {
  const byName = new Map(Object.entries(theirs).map(([name, tensor]) => [bare(name), tensor]));
  const values = ({ dims, data }: ort.Tensor) => ({ shape: dims, data: data as Float32Array });
  const each = Object.entries(ours).map(([name, tensor]) => {
    const other = byName.get(bare(name));
    if (!other) throw new Error(`tf2onnx has no output ${name}`);
    return difference(values(tensor), values(other)).relative;
  });
  return Math.max(...each);
}

function ratioOf([ours, theirs]: Pair<number>): number {
  return ours / theirs;
}

function cellsOf({ name, bytes, seconds, processor, latencies }: Measured): string[] {
  return [
    name,
    (bytes / 1e6).toFixed(2),
    ...[seconds, processor].flatMap(([ours, theirs]) => [
      ours.toFixed(2),
      theirs.toFixed(2),
      (theirs / ours).toFixed(1),
    ]),
    ...latencies.flatMap(({ ms }) => [...ms, ratioOf(ms)].map((value) => value.toFixed(2))),
    scientific(Math.max(...latencies.map(({ apart }) => apart))),
  ];
}
