/**
 * The view of a bundle under its name and `_raw`: the bundle's own inputs instead of the graph's tensors, so that clients need
 * no preprocessing, and its answers instead of the graph's outputs.
 */

import type { Answer } from "../../../predictor/answerTypes.ts";
import { InputError } from "../../../predictor/errors.ts";
import type { Manifest } from "../../../predictor/manifest.ts";
import { packJobs } from "../../core/body/packJob.ts";
import { isFile, servedType } from "../../core/inputs/types.ts";
import type { Limits } from "../../core/route.ts";
import type { OutputColumn } from "../../core/targets/servedTarget.ts";
import { servedTarget } from "../../core/targets/types.ts";
import type { PredictJob } from "../../engine/predictJob.ts";
import { eachValue } from "../flatten.ts";
import { partsOf } from "../parts.ts";
import { createItemReader, EXPLANATION, type ItemReader, inRow } from "../raw/items.ts";
import { requestLimits } from "../request.ts";
import type { InferRequest } from "../schema.ts";
import { wrong } from "../wrong.ts";
import type { OutputTensor, View } from "./view.ts";

/** What is read on the event loop. */
const LIGHT = {
  /** Bytes of files, which are copied. */
  bytes: 1 << 22,
  /** Bytes of texts, which are parsed and checked. */
  textBytes: 1 << 15,
  /** In texts; checking one takes up to 20 µs. */
  values: 1000,
};

export const raw: View<readonly PredictJob[]> = {
  suffix: "_raw",
  platform: "marquee_raw",

  inputs: ({ inputs }) =>
    Object.entries(inputs).map(([name, spec]) => ({
      name,
      datatype: servedType(spec).datatypes?.[0] ?? "BYTES",
      shape: [-1, 1],
    })),

  outputs: ({ target }) =>
    [...servedTarget(target).outputs(target), explanation].map(({ name, datatype, width }) => ({
      name,
      datatype,
      shape: [-1, width],
    })),

  /** A value for each input of each row, in a list of its own. */
  limits({ inputs }, { maxMovies }) {
    const count = Object.keys(inputs).length;
    return requestLimits(2 * count * maxMovies, count);
  },

  isLight(request, binary, { inputs }) {
    if (binary.length > LIGHT.bytes) return false;
    let bytes = 0;
    let values = 0;
    try {
      for (const part of partsOf(request, binary, Object.keys(inputs))) {
        if (isFile(inputs[part.input.name]!)) continue;
        for (const text of textsOf(part)) {
          bytes += text.length;
          if (bytes <= LIGHT.textBytes) values += mostValues(text);
          if (bytes > LIGHT.textBytes || values > LIGHT.values) return false;
        }
      }
    } catch {
      // Reading it ends where this did.
    }
    return true;
  },

  decode(request, binary, manifest, limits) {
    const work = readerFor(manifest, limits).read(request, binary);
    return { request, rows: work.length, work };
  },

  pack(work, { inputs }) {
    const { jobs, views } = packJobs(work, inputs);
    return { work: jobs, views };
  },

  async run({ work }, model, waiter) {
    const { target } = model.manifest;
    const answers = await Promise.all(
      work.map(async (job, row) => {
        try {
          return await model.predict(job, waiter);
        } catch (error) {
          throw error instanceof InputError ? wrong(inRow(error, row)) : error;
        }
      }),
    );
    const { topK, explain } = work[0]!;
    const columns = servedTarget(target).outputs(target, topK);
    return [...columns, ...(explain ? [explanation] : [])].map((column) => fill(column, answers));
  },
};

const explanation: OutputColumn = {
  name: EXPLANATION,
  datatype: "BYTES",
  width: 1,
  row: (answer) => [JSON.stringify(answer.explanation)],
};

function fill(column: OutputColumn, answers: readonly Answer[]): OutputTensor {
  const { name, datatype } = column;
  const rows = answers.map((answer) => column.row(answer));
  const width = column.width < 0 ? Math.max(...rows.map(({ length }) => length)) : column.width;
  const shape = [rows.length, width];
  if (datatype === "FP32")
    return { name, datatype, shape, data: Float32Array.from(rows.flat() as number[]) };
  const data = rows.flatMap((row) => Array.from({ length: width }, (_, i) => String(row[i] ?? "")));
  return { name, datatype, shape, data };
}

/** An input's texts: those of JSON, or all of its bytes. */
function textsOf({
  input,
  bytes,
}: {
  input: InferRequest["inputs"][number];
  bytes?: Buffer | undefined;
}) {
  if (bytes) return [bytes];
  const texts: string[] = [];
  eachValue(input.data!, input.shape.length, (value) => {
    if (typeof value === "string") texts.push(value);
  });
  return texts;
}

const [COMMA, OPEN_LIST, OPEN_OBJECT] = [0x2c, 0x5b, 0x7b];

/** At least as many values as a text has that is JSON. */
function mostValues(text: string | Buffer): number {
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    const byte = typeof text === "string" ? text.charCodeAt(i) : text[i];
    if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT) values++;
  }
  return values;
}

/** What an item may say depends on the model's inputs and data, and the model may be replaced. */
const readers = new WeakMap<Manifest, { readonly reader: ItemReader; readonly limits: Limits }>();

function readerFor(manifest: Manifest, limits: Limits): ItemReader {
  const known = readers.get(manifest);
  if (
    known?.limits.maxMovies === limits.maxMovies &&
    known.limits.maxRatings === limits.maxRatings
  ) {
    return known.reader;
  }
  const reader = createItemReader(manifest, limits);
  readers.set(manifest, { reader, limits });
  return reader;
}
